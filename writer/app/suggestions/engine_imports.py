"""Imports and reads what the first suggestion needs while the window's own modules are imported.

Parts of that take up to a tenth of a second in which no other thread runs, so the first keys would wait.
"""

from __future__ import annotations

import importlib
import logging
import threading

log = logging.getLogger(__name__)

_MODULES = (
    "onnxruntime",
    *("writer.app.models.measured_suggestions", "writer.models.inventory"),
    "encodings.utf_16_le",
)
"""The library with numpy, and what the first key and its request need in the window's thread."""


def import_for_suggestions() -> None:
    """Begin to import them in a thread; what fails there fails again, and is told, when a model is loaded."""
    threading.Thread(target=_import, name="imports").start()


def _import() -> None:
    try:
        for name in _MODULES:
            importlib.import_module(name)
        from writer.models import calibrations, catalogue  # now at no cost

        catalogue.load()  # both are read once, and the first request needs them in the window's thread
        calibrations.all_shipped()
    except Exception as error:  # noqa: BLE001  a library raises what it meets
        log.info("not imported: %s", type(error).__name__)
