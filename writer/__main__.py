"""The entry point of `python -m writer`, the same as `writer`."""

import multiprocessing
import sys

from writer.cli import main

if __name__ == "__main__":
    multiprocessing.freeze_support()  # a bundle starts its own program for the children of libraries
    sys.exit(main())
