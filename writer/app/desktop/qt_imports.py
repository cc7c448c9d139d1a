"""Imports without a search for Qt's features in a process that uses PySide6.

PySide6 puts a function of its own in the place of `builtins.__import__`, so that a module can ask for other
spellings of Qt's names (`from __feature__ import snake_case`). After each import it reads the source of the
module to see whether it mentions PySide6. No module here asks for that, and for the 330 modules of the window
it takes 60 ms of processor time and keeps 4 MB of source text.
"""

from __future__ import annotations

import builtins


def import_without_features() -> None:
    """Import PySide6 and put back the function before its own; to be called before other imports."""
    import PySide6.QtCore  # noqa: F401 - replaces the function

    before = getattr(builtins, "__orig_import__", None)  # where PySide6 keeps it
    if before is not None:
        builtins.__import__ = before
