"""The typography that the settings ask for."""

from __future__ import annotations

from writer.settings.editor_schema import EDITOR_DASHES, EDITOR_QUOTE_MARKS, EDITOR_QUOTES
from writer.settings.store import SettingsStore
from writer.text.smart_quotes import CHINESE, CORNER_BRACKETS, ENGLISH, FRENCH, GERMAN
from writer.text.typography import Typography

_MARKS = {
    "english": ENGLISH,
    "german": GERMAN,
    "french": FRENCH,
    "chinese": CHINESE,
    "corner": CORNER_BRACKETS,
}


def typography_of(settings: SettingsStore) -> Typography:
    """The typography of the current settings."""
    marks = _MARKS[settings.get(EDITOR_QUOTE_MARKS)] if settings.get(EDITOR_QUOTES) else None
    return Typography(marks, settings.get(EDITOR_DASHES))
