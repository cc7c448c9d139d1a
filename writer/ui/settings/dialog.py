"""The settings dialog, generated from the schema: pages, one shown at a time, and a search over all.

It is a modeless window beside the text, where changes take effect at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction, QKeySequence, QPalette
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from writer.base.errors import Sentence
from writer.settings.setting import SettingsPage
from writer.settings.store import SettingsStore
from writer.ui.common.theme import tinted_icon
from writer.ui.common.translation import Retranslated, localised
from writer.ui.common.widgets import Label, resize_within_screen
from writer.ui.settings.controls import Choices, translated
from writer.ui.settings.page import PageWidget, SettingsPageView

_SIZE = QSize(820, 560)
_MINIMUM_SIZE = QSize(700, 420)
_SIDEBAR_WIDTH = 200


class SettingsDialog(Retranslated, QDialog):
    """A dialog for the settings of `store`.

    `icons` is the folder of the icons, `page_widgets` has factories of additional widgets by page, `choices`
    has functions that find further values by a setting's key.
    """

    def __init__(
        self,
        store: SettingsStore,
        icons: Path,
        parent: QWidget | None = None,
        page_widgets: Mapping[str, Sequence[PageWidget]] | None = None,
        choices: Mapping[str, Choices] | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._icons = icons
        self._page_widgets = page_widgets or {}
        self._choices = choices
        self._views: dict[str, SettingsPageView] = {}
        self._search = QLineEdit(clearButtonEnabled=True)
        self._search_icon = QAction(self)
        self._pages = QListWidget()
        self._pages.setObjectName("settingsPages")
        self._pages.setIconSize(QSize(18, 18))
        self._no_match = Label(alignment=Qt.AlignmentFlag.AlignCenter)
        self._error = Label(wordWrap=True)
        self._no_match.hide()
        self._error.hide()
        self._build()
        self.retranslate()
        self._apply_colours()
        self.destroyed.connect(store.subscribe("", self._refresh))
        self._pages.setCurrentRow(0)
        self._pages.setFocus()

    def open_page(self, name: str) -> None:
        """Show the page with this name and end a search. Raises KeyError where there is none."""
        names = [page.name for page in self._store.schema.pages]
        if name not in names:
            raise KeyError(name)
        self._search.clear()
        self._pages.setCurrentRow(names.index(name))

    def current_page(self) -> str:
        """The name of the current page."""
        return self._page_at(self._pages.currentRow()).name

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.setWindowTitle(self.tr("Settings"))
        self._search.setPlaceholderText(self.tr("Search settings"))
        self._search.setAccessibleName(self.tr("Search settings"))
        for button in self._search.findChildren(QToolButton):
            is_icon = button.defaultAction() is self._search_icon
            button.setAccessibleName(self.tr("Search settings") if is_icon else self.tr("Clear"))
        self._pages.setAccessibleName(self.tr("Pages"))
        self._no_match.setText(self.tr("No setting matches. Try another word."))
        for index, page in enumerate(self._store.schema.pages):
            self._pages.item(index).setText(translated(page.title))
        for view in self._views.values():
            view.retranslate()

    def changeEvent(self, event: QEvent) -> None:
        """Update the icons on a change of theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._apply_colours()

    def done(self, result: int) -> None:
        """Close the dialog, after values that are being edited were set."""
        if self.focusWidget() is not None:
            self.focusWidget().clearFocus()
        super().done(result)

    def _page_at(self, index: int) -> SettingsPage:
        return self._store.schema.pages[index]

    def _view(self, page: SettingsPage) -> SettingsPageView:
        """The view of a page, made at the first use."""
        if page.name not in self._views:
            widgets = self._page_widgets.get(page.name, ())
            view = SettingsPageView(page, self._store, self._icons, widgets, self._choices)
            view.failed.connect(self._show_error)
            view.apply_colours(self.palette())
            self._views[page.name] = view
            before = [p.name for p in self._store.schema.pages[: self._store.schema.pages.index(page)]]
            self._column.insertWidget(sum(name in self._views for name in before), view)
        return self._views[page.name]

    def _show_pages(self) -> None:
        """Show the current page or, during a search, the matches of all pages."""
        words = self._search.text().casefold().split()
        current = self._pages.currentRow()
        count = 0
        for index, page in enumerate(self._store.schema.pages):
            visible = bool(words) or index == current
            if visible or page.name in self._views:
                view = self._view(page)
                visible = visible and view.search(words)
                view.setVisible(visible)
                count += visible
        self._no_match.setVisible(not count)
        self._pages.item(current).setSelected(not words)
        self._scroll.verticalScrollBar().setValue(0)

    def _end_search(self) -> None:
        """End the search and show the selected page."""
        self._search.clear()
        self._show_pages()

    def _refresh(self, key: str) -> None:
        page = self._store.schema.find(key).page
        for name, view in self._views.items():
            if name == page or key.startswith("keys."):
                view.refresh(key)
        self._error.hide()

    def _show_error(self, sentence: Sentence) -> None:
        self._error.setText(localised(sentence))
        self._error.show()

    def _apply_colours(self) -> None:
        palette = self.palette()
        muted, text_colour = (
            palette.color(QPalette.ColorRole.Mid),
            palette.color(QPalette.ColorRole.WindowText),
        )
        self._search_icon.setIcon(tinted_icon(self._icons / "search.svg", muted))
        for index, page in enumerate(self._store.schema.pages):
            if page.icon:
                icon = tinted_icon(self._icons / f"{page.icon}.svg", text_colour)
                self._pages.item(index).setIcon(icon)
        for view in self._views.values():
            view.apply_colours(palette)

    def _build(self) -> None:
        resize_within_screen(self, _SIZE)
        self.setMinimumSize(_MINIMUM_SIZE)
        self._search.addAction(self._search_icon, QLineEdit.ActionPosition.LeadingPosition)
        self._search.textChanged.connect(lambda _text: self._show_pages())
        find = QAction(self)
        find.setShortcut(QKeySequence.StandardKey.Find)
        find.triggered.connect(self._search.setFocus)
        self.addAction(find)
        self._pages.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for _page in self._store.schema.pages:
            self._pages.addItem(QListWidgetItem())
        self._pages.currentRowChanged.connect(lambda _row: self._end_search())
        self._pages.itemClicked.connect(lambda _item: self._end_search())
        self._no_match.setContentsMargins(28, 28, 28, 28)
        self._error.setProperty("tone", "warning")
        self._error.setContentsMargins(28, 8, 28, 12)
        self._lay_out()

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        side.setContentsMargins(12, 14, 12, 12)
        side.setSpacing(10)
        side.addWidget(self._search)
        side.addWidget(self._pages)
        left = QWidget()
        left.setFixedWidth(_SIDEBAR_WIDTH)
        left.setLayout(side)
        content = QWidget()
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self._no_match)
        self._column.addStretch()
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setObjectName("settingsScroll")
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(content)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self._scroll)
        right.addWidget(self._error)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(left)
        row.addLayout(right)
