"""The callbacks of the editor: formats of a paragraph, what a key writes, the identity of the document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QTextBlock


@dataclass(frozen=True, slots=True)
class DocumentIdentity:
    """The document that is in the editor, as the suggestions are told of it."""

    title: str = ""
    """Its file's name without the ending."""

    document_id: str = ""
    """Tells documents apart for the engine's cache."""

    suggestions_off: bool = False
    """Whether nothing is to be suggested in it unless it is asked for."""


def _has_format(_block: QTextBlock) -> bool:
    return False


def _keep_format(_block: QTextBlock) -> None:
    pass


def _keep_typed(_before: str, typed: str) -> str:
    return typed


@dataclass(frozen=True, slots=True)
class EditorExtensions:
    """Functions that the editor calls while it paints and while someone types."""

    apply_format: Callable[[QTextBlock], bool] = _has_format
    """Gives a paragraph that is about to be painted its looks; whether it had not got them."""

    restore_format: Callable[[QTextBlock], None] = _keep_format
    """Gives a paragraph its looks after a composition took them."""

    substitute: Callable[[str, str], str] = _keep_typed
    """What to write for a key, told by the line before the cursor and the key's own text."""
