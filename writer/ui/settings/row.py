"""A row of the settings dialog: label, help, control, and a reset to the default."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from writer.settings.setting import Setting
from writer.settings.store import SettingsStore
from writer.settings.value_types import SettingsError
from writer.ui.common.theme import tinted_icon
from writer.ui.common.widgets import Label, plain_tooltip
from writer.ui.settings.controls import ChoiceControl, Choices, control_for, translated
from writer.ui.settings.shortcut_control import ShortcutControl
from writer.ui.window.shortcuts import KeyList, plain_label, with_key_texts

control_for.register(KeyList)(ShortcutControl)


class SettingRow(QWidget):
    """A setting of the store with its control; changes are saved at once.

    `find` finds further values for it.
    """

    failed = Signal(object)
    """A Sentence about a change that could not be saved."""

    def __init__(
        self, setting: Setting[Any], store: SettingsStore, icons: Path, find: Choices | None = None
    ) -> None:
        super().__init__()
        self.setting = setting
        self._store = store
        self._icons = icons
        self._label = Label(wordWrap=True)
        self._help = Label(wordWrap=True)
        if not setting.help:
            self._help.hide()
        self._help.setProperty("tone", "muted")
        self._restart = Label(wordWrap=True)
        if not setting.restart:
            self._restart.hide()
        self.control = control_for(setting.value_type)
        if find is not None and isinstance(self.control, ChoiceControl):
            self.control.set_choices(find)
        self._label.setBuddy(self.control.focus)
        self._reset = self._reset_button()
        self._lay_out()
        self.control.chosen.connect(self._set_value)
        self.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Show the store's value."""
        self.control.show_value(self._store.get(self.setting))
        if self._store.is_default(self.setting) and self._reset.hasFocus():
            self.control.focus.setFocus()
        self._reset.setVisible(not self._store.is_default(self.setting))
        self._show_restart()

    def retranslate(self) -> None:
        """Set all texts in the current language."""
        label = plain_label(translated(self.setting.label))
        help_text = with_key_texts(translated(self.setting.help), self._store)
        self._label.setText(label)
        self._help.setText(help_text)
        self.control.retranslate()
        self.control.focus.setAccessibleName(label)
        self.control.focus.setAccessibleDescription(help_text)
        reset = translated("Reset: {label}").format(label=label)
        self._reset.setToolTip(plain_tooltip(reset))
        self._reset.setAccessibleName(reset)
        self._show_restart()

    def apply_colours(self, palette: QPalette) -> None:
        """Update the icon with the colours of `palette`."""
        self._reset.setIcon(tinted_icon(self._icons / "reset.svg", palette.color(QPalette.ColorRole.Accent)))

    def matches(self, words: list[str]) -> bool:
        """Whether each of the words, in lower case, is in the texts of the row."""
        setting = self.setting
        shown = [setting.label, setting.help, *setting.value_type.texts()]
        text = " ".join([setting.key, *shown, *map(translated, shown)]).casefold()
        return all(word in text for word in words)

    def _set_value(self, value: object) -> None:
        try:
            self._store.set(self.setting, value)
        except SettingsError as error:
            self.refresh()
            self.failed.emit(error.sentence)

    def _reset_to_default(self) -> None:
        try:
            self._store.reset(self.setting)
        except SettingsError as error:
            self.failed.emit(error.sentence)

    def _show_restart(self) -> None:
        """Show whether the setting needs a restart, as a warning where one is due."""
        due = self._store.needs_restart(self.setting)
        text = "Restart Writer for this to take effect." if due else "Takes effect at the next start."
        self._restart.setText(translated(text))
        self._restart.setProperty("tone", "warning" if due else "muted")
        self._restart.style().polish(self._restart)

    def _reset_button(self) -> QToolButton:
        button = QToolButton()
        button.setIconSize(QSize(16, 16))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(self._reset_to_default)
        return button

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        for label in (self._label, self._help, self._restart):
            words.addWidget(label)
        self._reset.setSizePolicy(_retaining_size(self._reset))
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addLayout(words, 1)
        top.addSpacing(10)
        top.addWidget(self._reset)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 10)
        column.setSpacing(6)
        column.addLayout(top)
        if self.control.wide:
            column.addWidget(self.control.widget)
        else:
            top.addWidget(self.control.widget)


def _retaining_size(widget: QWidget) -> QSizePolicy:
    """A size policy that keeps the widget's space while it is hidden."""
    policy = widget.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    return policy
