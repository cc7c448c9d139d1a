"""Telemetry of libraries, and their bars on the terminal: disabled for this process and its children.

Only switches with an observed effect are used: `onnxruntime.disable_telemetry_events()` did not stop its
events, the environment variable did (`tests/end2end/test_nothing_leaves.py` checks the packets). It must be
set before the library is imported, so `writer/__init__.py` does it.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

SWITCHES = {
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime: events to its maker, a device id in the cache
    "HF_HUB_DISABLE_TELEMETRY": "1",  # huggingface_hub, transformers, datasets
    "DO_NOT_TRACK": "1",
}

QUIET = {
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",  # transformers, too: a bar for each model that it loads
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "error",  # tables of what it loaded, which are read and not shown
}
"""What keeps libraries from writing on the terminal; who sets these variables gets what they say."""


def switch_off() -> None:
    """Set the environment variables for this process and its children."""
    os.environ.update({**QUIET, **os.environ, **SWITCHES})


def remove_leftovers() -> None:
    """Delete the device id and the event queue that onnxruntime stored for earlier versions."""
    import shutil  # here, because every process imports this module

    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(cache) / "Microsoft" / "DeveloperTools" / ".onnxruntime"
    if folder.is_symlink() or not folder.is_dir():
        return
    shutil.rmtree(folder, ignore_errors=True)
    for parent in (folder.parent, folder.parent.parent):
        with contextlib.suppress(OSError):  # other programs have something there
            parent.rmdir()
