"""The appearance of an editor by the settings: font, size, spacing and width."""

from __future__ import annotations

from PySide6.QtGui import QFont

from writer.settings.editor_schema import (
    EDITOR_FONT,
    EDITOR_FONT_SIZE,
    EDITOR_LINE_SPACING,
    EDITOR_LINE_WIDTH,
    EDITOR_PARAGRAPH_SPACING,
)
from writer.settings.store import SettingsStore
from writer.ui.common.fonts import families_of
from writer.ui.editor.editor import Editor
from writer.ui.editor.looks.line_layout import Spacing


def apply_appearance(editor: Editor, settings: SettingsStore, key: str = "") -> None:
    """Apply the setting with this key, where it is one of the appearance; all of them for ""."""
    if key in ("", EDITOR_FONT.key, EDITOR_FONT_SIZE.key):
        font = QFont(list(families_of(settings.get(EDITOR_FONT))))
        font.setPointSize(settings.get(EDITOR_FONT_SIZE))
        editor.set_font(font)
    if key in ("", EDITOR_LINE_SPACING.key, EDITOR_PARAGRAPH_SPACING.key):
        editor.set_spacing(Spacing(settings.get(EDITOR_LINE_SPACING), settings.get(EDITOR_PARAGRAPH_SPACING)))
    if key in ("", EDITOR_LINE_WIDTH.key):
        editor.set_columns(settings.get(EDITOR_LINE_WIDTH))
