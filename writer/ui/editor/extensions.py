"""The callbacks of the editor: what a key writes, the identity of the document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QTextBlock

from writer.text.typography import Correction


@dataclass(frozen=True, slots=True)
class DocumentIdentity:
    """The identity of the document in the editor, for suggestions."""

    title: str = ""
    """The file's name without its extension."""

    document_id: str = ""
    """Identifies the document for the engine's prefix cache."""

    suggestions_off: bool = False
    """Whether suggestions are shown on explicit request only."""


def _keep_typed(_block: QTextBlock, _line: str) -> Correction | None:
    return None


@dataclass(frozen=True, slots=True)
class EditorExtensions:
    """Functions that the editor calls while typing."""

    correct: Callable[[QTextBlock, str], Correction | None] = _keep_typed
    """Returns what to change in a block once a character was typed, from the line up to that character."""
