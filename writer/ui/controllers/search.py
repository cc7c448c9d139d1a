"""A controller for find and replace: all matches are highlighted, and replacing all is one undo step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QColor, QPainter

from writer.app.documents.search_service import SearchService
from writer.base.task_pool import TaskPool
from writer.text.search import NO_MATCHES, Matches, SearchError
from writer.ui.common.theme import Theme, ThemeSwitcher
from writer.ui.common.translation import localised
from writer.ui.editor.text_geometry import ShownBlock
from writer.ui.panels.search_bar import SearchBar
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow

_DELAY_MS = 120
"""The time from a change of the text to the next search."""

_MAX_SELECTION = 200
"""The longest selection in characters that becomes the pattern."""

_BAR_ACTIONS = (
    ActionId.FIND_CASE,
    ActionId.FIND_WHOLE,
    ActionId.FIND_REGEX,
    ActionId.FIND_LIST,
    ActionId.FIND_REPLACE,
    ActionId.FIND_REPLACE_ALL,
)
"""The actions that are enabled while the search bar is visible."""


class SearchController(QObject):
    """Connects a window's search bar and its actions with `service`."""

    def __init__(
        self,
        window: MainWindow,
        service: SearchService,
        themes: ThemeSwitcher,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._editor = window.editor
        self._service = service
        self._tasks = TaskPool(loop, "search")
        self._matches = NO_MATCHES
        self._revision = -1
        self._anchor = 0
        self.bar = SearchBar(window.actions_by_name, window.icons)
        window.add_bar(self.bar)
        self._highlights = _MatchHighlights(self)
        self._highlights.apply_colours(themes.theme)
        themes.changed.connect(self._highlights.apply_colours)
        self._editor.underlays.append(self._highlights)
        self._delay = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._delay.timeout.connect(self._search)
        self._connect()

    @property
    def matches(self) -> Matches:
        """The matches in the current revision; none while a search is running."""
        return self._matches if self._revision == self._editor.revision else NO_MATCHES

    def _connect(self) -> None:
        bar = self.bar
        bar.changed.connect(lambda: self._search(jump=True))
        bar.entered.connect(lambda back: self._step(-1 if back else 1))
        bar.replaced.connect(self._replace)
        bar.dismissed.connect(self.close_bar)
        bar.list.chosen.connect(self._choose)
        self._editor.textChanged.connect(self._search_soon)
        self._editor.switched.connect(self._restart)
        self._window.escape_handlers.append(self._escape)
        self._window.actions_by_name.connect(
            {
                ActionId.EDIT_FIND: lambda: self._open(replace=False),
                ActionId.EDIT_REPLACE: lambda: self._open(replace=True),
                ActionId.EDIT_FIND_NEXT: lambda: self._step(1),
                ActionId.EDIT_FIND_PREVIOUS: lambda: self._step(-1),
                ActionId.FIND_REPLACE: self._replace,
                ActionId.FIND_REPLACE_ALL: lambda: self._start(self._replace_all),
            }
        )
        self._enable(False)

    def close_bar(self) -> None:
        """Hide the bar; the selected match stays selected."""
        self.bar.hide()
        self._enable(False)
        self._clear_matches()
        self._editor.viewport().update()
        self._editor.setFocus()

    def _escape(self) -> bool:
        """Hide the bar on an Esc in the text; whether it was visible."""
        was_visible = self.bar.isVisible()
        if was_visible:
            self.close_bar()
        return was_visible

    def _restart(self) -> None:
        """Search the document that is now in the editor."""
        self._clear_matches()
        self._search_soon()

    def _search_soon(self) -> None:
        """Search again after a delay, if the bar is visible."""
        if self.bar.isVisible():
            self._delay.start()

    def _clear_matches(self) -> None:
        self._matches = NO_MATCHES
        self.bar.list.matches_model.show(self._editor.document(), NO_MATCHES)

    async def close(self) -> None:
        """Cancel the running search."""
        self._delay.stop()
        self.bar.hide()
        await self._tasks.close(cancel=True)

    def _open(self, replace: bool) -> None:
        cursor = self._editor.textCursor()
        chosen = cursor.selectedText() if cursor.hasSelection() else ""
        if "\u2029" in chosen or len(chosen) > _MAX_SELECTION:
            chosen = ""
        self._anchor = cursor.selectionStart()
        self._enable(True)
        self.bar.open(replace, chosen)
        self._search(jump=True)

    def _enable(self, on: bool) -> None:
        """Enable or disable the shortcuts of the bar."""
        for name in _BAR_ACTIONS:
            self._window.actions_by_name[name].setEnabled(on)

    def _start(self, operation: Callable[[], Coroutine[object, object, None]]) -> None:
        self._tasks.start(self._run(operation))

    async def _run(self, operation: Callable[[], Coroutine[object, object, None]]) -> None:
        try:
            await operation()
        except SearchError as error:
            self._matches = NO_MATCHES
            self._editor.viewport().update()
            self.bar.show_state(localised(error), warning=True)

    # Searching

    def _search(self, jump: bool = False) -> None:
        self._start(lambda: self._find_all(jump))

    async def _find_all(self, jump: bool) -> None:
        """Find all matches; with `jump`, select the first one behind the position of the start."""
        query, revision = self.bar.query(), self._editor.revision
        if not query.pattern:
            self._show(NO_MATCHES, revision)
            return
        found = await self._service.find(query, self._editor.text())
        if query != self.bar.query() or not self.bar.isVisible():
            return
        if revision != self._editor.revision:
            self._delay.start()
            return
        self._show(found, revision)
        if jump and found:
            self._select(found.at_or_after(self._anchor) % len(found))

    def _show(self, matches: Matches, revision: int) -> None:
        self._matches, self._revision = matches, revision
        self.bar.list.matches_model.show(self._editor.document(), matches)
        self._editor.viewport().update()
        self._show_count()

    def _show_count(self) -> None:
        if not self.bar.pattern.text():
            self.bar.show_state("")
            return
        count = self._editor.locale().toString(len(self.matches)) + ("" if self.matches.complete else "+")
        current = self._current()
        self.bar.list.show_current(current)
        if not self.matches:
            self.bar.show_state(self.tr("Not found"))
        elif current is None:
            self.bar.show_state(self.tr("{count} found").format(count=count))
        else:
            index = self._editor.locale().toString(current + 1)
            self.bar.show_state(self.tr("{index} of {count}").format(index=index, count=count))

    def _current(self) -> int | None:
        """The index of the selected match, None where none is selected."""
        cursor = self._editor.textCursor()
        index = self.matches.at_or_after(cursor.selectionStart())
        if index < len(self.matches) and (self.matches.starts[index], self.matches.ends[index]) == (
            cursor.selectionStart(),
            cursor.selectionEnd(),
        ):
            return index
        return None

    def _step(self, by: int) -> None:
        if not self.bar.isVisible():
            self._open(replace=False)
            return
        if not self.matches:
            return
        cursor = self._editor.textCursor()
        if by > 0:
            index = self.matches.at_or_after(cursor.selectionStart() + cursor.hasSelection())
        else:
            index = self.matches.at_or_after(cursor.selectionStart()) - 1
        self._select(index % len(self.matches))

    def _choose(self, index: int) -> None:
        """Select a match of the list; an index of an outdated list is ignored."""
        if index < len(self.matches):
            self._select(index)

    def _select(self, index: int) -> None:
        start, end = self.matches.starts[index], self.matches.ends[index]
        self._anchor = start
        self._editor.select(start, end)
        self._show_count()

    # Replacing

    def _replace(self) -> None:
        self._start(self._replace_one)

    async def _replace_one(self) -> None:
        """Replace the selected match and select the next; where none is selected, select one."""
        current = self._current()
        if current is None:
            self._step(1)
            return
        revision, start, end = self._revision, self.matches.starts[current], self.matches.ends[current]
        text = await self._service.replace_one(
            self.bar.query(), self._editor.text(), start, end, self.bar.replacement.text()
        )
        if text is None or revision != self._editor.revision:
            return
        self._editor.replace(start, end, text)
        self._anchor = self._editor.textCursor().position()
        self._delay.stop()
        await self._find_all(jump=True)

    async def _replace_all(self) -> None:
        query, revision = self.bar.query(), self._editor.revision
        if not query.pattern or self._editor.isReadOnly():
            return
        cursor = self._editor.textCursor().position()
        replacement = await self._service.replace_all(
            query, self._editor.text(), self.bar.replacement.text(), cursor
        )
        if revision != self._editor.revision:
            self.bar.show_state(self.tr("The text changed meanwhile; nothing was replaced."), warning=True)
        elif replacement is None:
            self.bar.show_state(self.tr("Not found"))
        else:
            scroll = self._editor.verticalScrollBar().value()
            self._editor.replace(replacement.start, replacement.end, replacement.text, replacement.cursor)
            self._editor.verticalScrollBar().setValue(scroll)
            self._delay.stop()
            await self._find_all(jump=False)
            count = self._editor.locale().toString(replacement.count)
            self.bar.show_state(self.tr("{count} replaced").format(count=count))


class _MatchHighlights:
    """An underlay that fills the background of visible matches."""

    def __init__(self, controller: SearchController) -> None:
        self._controller = controller
        self._colour = QColor()

    def apply_colours(self, theme: Theme) -> None:
        self._colour = QColor(theme.colours.match)

    def is_active(self) -> bool:
        return bool(self._controller.matches)

    def paint(self, painter: QPainter, shown: ShownBlock) -> None:
        matches = self._controller.matches
        begin = shown.block.position()
        index = max(0, matches.at_or_after(begin + shown.start) - 1)
        while index < len(matches) and matches.starts[index] < begin + shown.end:
            for band in shown.bands(matches.starts[index] - begin, matches.ends[index] - begin):
                painter.fillRect(band.adjusted(0, 2, 0, -2), self._colour)
            index += 1
