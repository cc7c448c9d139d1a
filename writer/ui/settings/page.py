"""A page of the settings dialog: title, statement, settings, and widgets of single pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from writer.settings.setting import SettingsPage
from writer.settings.store import SettingsStore
from writer.settings.value_types import SettingsError
from writer.ui.common.widgets import Label, separator
from writer.ui.settings.controls import Choices, translated
from writer.ui.settings.row import SettingRow

PageWidget = Callable[[], QWidget]
"""A factory of an additional widget below the settings of a page."""


class SettingsPageView(QWidget):
    """The widgets of one page. `choices` has functions that find further values, by a setting's key."""

    failed = Signal(object)
    """A Sentence about a change that could not be saved."""

    def __init__(
        self,
        page: SettingsPage,
        store: SettingsStore,
        icons: Path,
        widgets: Sequence[PageWidget] = (),
        choices: Mapping[str, Choices] | None = None,
    ) -> None:
        super().__init__()
        self.page = page
        self._store = store
        self._shows_all_rows = True
        self._title = Label()
        self._title.setProperty("tone", "title")
        font = self._title.font()
        font.setPointSizeF(font.pointSizeF() * 1.4)
        self._title.setFont(font)
        self._reset = QPushButton(autoDefault=False)
        self._reset.setProperty("quiet", True)
        self._reset.clicked.connect(self._reset_page)
        self._statement = [Label(wordWrap=True) for _ in self._paragraphs()]
        find = choices or {}
        self.rows = [
            SettingRow(setting, store, icons, find.get(setting.key))
            for setting in store.schema.on_page(page.name)
        ]
        self._lines = [separator() for _ in self.rows[1:]]
        self._widgets = [make() for make in widgets]
        self._matching = [True] * len(self.rows)
        self._folded = [row for row in self.rows if row.setting.folded]
        self.more = QPushButton(autoDefault=False)
        self.more.setCheckable(True)
        self.more.setProperty("quiet", True)
        self.more.setChecked(any(not store.is_default(row.setting) for row in self._folded))
        self.more.toggled.connect(lambda _open: self._show_rows())
        self._lay_out()
        self.retranslate()
        self._show_rows()
        self._update_reset_button()

    def refresh(self, key: str) -> None:
        """Show the store's value of one setting; others that are being edited stay."""
        for row in self.rows:
            if row.setting.key == key:
                row.refresh()
                if row.setting.folded and not self._store.is_default(row.setting):
                    self.more.setChecked(True)
            elif key.startswith("keys.") and "{" in row.setting.help:
                row.retranslate()
        self._update_reset_button()

    def retranslate(self) -> None:
        """Set all texts in the current language."""
        title = translated(self.page.title)
        self._title.setText(title)
        self._reset.setText(translated("Reset page"))
        self._reset.setAccessibleName(translated("Reset all settings of the page {page}").format(page=title))
        for label, paragraph in zip(self._statement, self._paragraphs(), strict=True):
            label.setText(translated(paragraph))
        self._show_fold()
        for row in self.rows:
            row.retranslate()

    def apply_colours(self, palette: QPalette) -> None:
        """Update the icons with the colours of `palette`."""
        for row in self.rows:
            row.apply_colours(palette)

    def search(self, words: list[str]) -> bool:
        """Show only the rows that match all `words`, all rows for none; whether anything matches."""
        title = f"{self.page.title} {translated(self.page.title)}".casefold()
        self._shows_all_rows = all_match = not words or all(word in title for word in words)
        self._update_reset_button()
        self._matching = [all_match or row.matches(words) for row in self.rows]
        self._show_rows()
        statement_matches = all_match or any(
            all(w in self._searchable(p) for w in words) for p in self._paragraphs()
        )
        for widget in (*self._statement, *self._widgets):
            widget.setVisible(statement_matches)
        return statement_matches or any(self._matching)

    def _show_rows(self) -> None:
        """Show the rows that match; without a search, folded ones only where more choices are asked for."""
        is_open = self.more.isChecked() or not all(self._matching)
        shown = [
            matches and (is_open or not row.setting.folded)
            for row, matches in zip(self.rows, self._matching, strict=True)
        ]
        for row, is_shown in zip(self.rows, shown, strict=True):
            row.setVisible(is_shown)
        for index, line in enumerate(self._lines, start=1):
            line.setVisible(shown[index] and any(shown[:index]))
        self.more.setVisible(bool(self._folded) and all(self._matching))
        self._show_fold()

    def _show_fold(self) -> None:
        label = translated("Fewer choices") if self.more.isChecked() else translated("More choices")
        self.more.setText(label)
        self.more.setAccessibleName(label)

    def _update_reset_button(self) -> None:
        changed = any(not self._store.is_default(row.setting) for row in self.rows)
        if not changed and self._reset.hasFocus():
            self.rows[0].control.focus.setFocus()
        self._reset.setVisible(changed and self._shows_all_rows)

    def _searchable(self, paragraph: str) -> str:
        return f"{paragraph} {translated(paragraph)}".casefold()

    def _paragraphs(self) -> list[str]:
        return [paragraph for paragraph in self.page.statement.split("\n\n") if paragraph]

    def _reset_page(self) -> None:
        try:
            self._store.reset(*(row.setting for row in self.rows))
        except SettingsError as error:
            self.failed.emit(error.sentence)

    def _lay_out(self) -> None:
        policy = self._reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._reset.setSizePolicy(policy)
        head = QHBoxLayout()
        head.addWidget(self._title)
        head.addStretch()
        head.addWidget(self._reset)
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 20, 28, 12)
        column.setSpacing(0)
        column.addLayout(head)
        column.addSpacing(8)
        for label in self._statement:
            column.addWidget(label)
            column.addSpacing(10)
        if self.page.widgets_first:
            self._add_widgets(column)
        for index, row in enumerate(self.rows):
            if self._folded and row is self._folded[0]:
                column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
            if index:
                column.addWidget(self._lines[index - 1])
            column.addWidget(row)
            row.failed.connect(self.failed)
        if not self.page.widgets_first:
            self._add_widgets(column)

    def _add_widgets(self, column: QVBoxLayout) -> None:
        for widget in self._widgets:
            column.addSpacing(8)
            column.addWidget(widget)
