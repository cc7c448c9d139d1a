"""The entry point of `python -m writer`, the same as `writer`."""

import sys

from writer.cli import main

if __name__ == "__main__":
    if getattr(sys, "frozen", False):  # a bundle starts its own program for the children of libraries
        import multiprocessing

        multiprocessing.freeze_support()
    sys.exit(main())
