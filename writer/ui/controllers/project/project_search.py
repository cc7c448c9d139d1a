"""A controller for the search in all texts of the folder, and for replacing what it found."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QMessageBox

from writer.app.documents.histories import Histories
from writer.app.documents.search_service import SearchService
from writer.app.project.project_service import Found
from writer.base.errors import UserError
from writer.base.task_pool import TaskPool
from writer.documents.history.replaced_file import read_replaced
from writer.documents.project.text_search import MAX_HITS, Hit, SkippedText, TextHits
from writer.documents.text_file import DocumentError
from writer.text.search import Query, Replacement, SearchError, replace_all
from writer.ui.common.dialogs import ask, show_message
from writer.ui.common.translation import localised
from writer.ui.controllers.files import FileController
from writer.ui.controllers.project.project import ProjectController
from writer.ui.editor.open_documents import OpenDocument, OpenDocuments
from writer.ui.editor.text_document import text_between
from writer.ui.panels.project.search_panel import ProjectSearchPanel
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow

_DELAY_MS = 150
"""The time from the last key in the pattern to the search."""

_UNFOLDED = 200
"""The texts that are unfolded as they are found."""

_MAX_SELECTION = 200
"""The longest selection in characters that becomes the pattern."""

_PROBLEMS = 8
"""The most sentences about texts that were not changed."""


class ProjectSearchController(QObject):
    """Connects the panel with the texts of `project`, the open `documents`, and `service`, which replaces.

    What texts held that are not open is kept in `histories`.
    """

    def __init__(
        self,
        window: MainWindow,
        documents: OpenDocuments,
        files: FileController,
        project: ProjectController,
        service: SearchService,
        histories: Histories,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._documents = documents
        self._files = files
        self._project = project
        self._service = service
        self._histories = histories
        self._tasks = TaskPool(loop, "project search")
        self._running: asyncio.Future[None] | None = None
        self._revisions: dict[Path, int] = {}
        """The revisions in which the open texts were searched."""
        self._skipped = 0
        self.panel = ProjectSearchPanel()
        window.add_side_panel(self.panel)
        self._delay = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._delay.timeout.connect(self._search)
        self._connect()

    async def close(self) -> None:
        """Cancel the running search."""
        self._delay.stop()
        await self._tasks.close(cancel=True)

    def _connect(self) -> None:
        panel = self.panel
        panel.changed.connect(self._delay.start)
        panel.entered.connect(self._enter)
        panel.chosen.connect(lambda index: self._start(self._go_to(*panel.model.place(index))))
        panel.replace_requested.connect(lambda: self._start(self._replace()))
        panel.dismissed.connect(self._dismiss)
        panel.model.chosen_changed.connect(lambda: panel.replace.setEnabled(bool(panel.model.chosen())))
        actions = self._window.actions_by_name
        actions.connect({ActionId.FIND_IN_FOLDER: lambda: self._start(self._open())})
        actions[ActionId.VIEW_FOLDER].triggered.connect(lambda on: panel.hide() if on else None)

    def _start(self, operation: Coroutine[object, object, None]) -> asyncio.Future[None]:
        return self._tasks.start(operation)

    async def _open(self) -> None:
        """Show the panel; a folder is chosen first where none is open."""
        if self._project.folder is None and not await self._project.choose_folder():
            return
        cursor = self._window.editor.textCursor()
        chosen = cursor.selectedText() if self._window.editor.hasFocus() else ""
        if "\u2029" in chosen or len(chosen) > _MAX_SELECTION:
            chosen = ""
        self._project.cover()
        self._project.refresh()
        self.panel.open(chosen)
        if self.panel.query().pattern:
            self._search()

    def _dismiss(self) -> None:
        """Hide the panel, and show the list where it was shown before."""
        self._delay.stop()
        self._stop()
        self.panel.hide()
        self._project.uncover()
        self._window.editor.setFocus()

    # Searching

    def _enter(self) -> None:
        """Search at once, or go to the matches that are there."""
        model = self.panel.model
        if self._delay.isActive() or model.query != self.panel.query():
            self._search()
        elif model.texts:
            if not self.panel.tree.currentIndex().isValid():
                self.panel.tree.setCurrentIndex(model.index(0, 0, model.index(0, 0)))
            self.panel.tree.setFocus()

    def _stop(self) -> None:
        if self._running is not None:
            self._running.cancel()
        self._project.service.stop_search()

    def _search(self) -> None:
        self._delay.stop()
        self._stop()
        self._running = self._start(self._find(self.panel.query()))

    async def _find(self, query: Query) -> None:
        self.panel.model.clear(query)
        self._skipped = 0
        self.panel.show_state("")
        listing = self._project.listing or await self._project.list_now()
        if listing is None or not query.pattern:
            return
        opened = [one for one in self._documents.all if one.document.path is not None]
        texts = {one.document.path: one.whole_text() for one in opened if one.document.path}
        self._revisions = {one.document.path: one.text.revision() for one in opened if one.document.path}
        try:
            async for found in self._project.service.search(query, listing, texts):
                self._add(found)
        except SearchError as error:
            self.panel.show_state(localised(error), warning=True)
        else:
            self._show_count(ended=True)

    def _add(self, found: Found) -> None:
        """Show what was found since the last call."""
        model = self.panel.model
        first = len(model.texts)
        model.add([text for text in found if isinstance(text, TextHits)])
        self._skipped += sum(isinstance(text, SkippedText) for text in found)
        for row in range(first, min(len(model.texts), _UNFOLDED)):
            self.panel.tree.expand(model.index(row, 0))
        self._show_count()

    def _show_count(self, ended: bool = False) -> None:
        number = self._window.editor.locale().toString
        count, texts = self.panel.model.count, len(self.panel.model.texts)
        if not count:
            self.panel.show_state(self.tr("Not found") if ended else "")
            return
        more = "+" if count >= MAX_HITS else ""
        text = self.tr("Found: {count} · Texts: {texts}").format(
            count=number(count) + more, texts=number(texts)
        )
        if self._skipped:
            text += " · " + self.tr("Not readable: {texts}").format(texts=number(self._skipped))
        self.panel.show_state(text)

    async def _go_to(self, text: TextHits, hit: Hit) -> None:
        """Open a text and select a match; where it is no longer there, put the cursor into its line."""
        path, editor = text.open_path or text.path, self._window.editor
        self._files.open(path)
        await asyncio.sleep(0)
        await self._files.wait_idle()
        if self._documents.current.document.path != path:
            return
        document = editor.document()
        if hit.end < document.characterCount() and text_between(document, hit.start, hit.end).startswith(
            hit.found
        ):
            editor.select(hit.start, hit.end)
        elif (block := document.findBlockByNumber(hit.line)).isValid():
            editor.setTextCursor(QTextCursor(block))
        editor.centre_line()
        editor.setFocus()

    # Replacing

    async def _replace(self) -> None:
        """Replace in the checked texts, after a question."""
        model = self.panel.model
        chosen, query, new = model.chosen(), model.query, self.panel.replacement.text()
        if not chosen or query != self.panel.query() or not self.panel.replacing.isChecked():
            return
        try:
            replace_all(query, chosen[0].hits[0].found, new)
        except SearchError as error:
            self.panel.show_state(localised(error), warning=True)
            return
        if not await self._confirm(chosen):
            return
        self._stop()
        count, problems = 0, []
        for text in chosen:
            try:
                count += await self._replace_in(text, query, new)
            except UserError as error:
                problems.append(localised(error))
        model.clear(Query(""))
        number = self._window.editor.locale().toString
        done = self.tr("Replaced: {count} · Texts: {texts}")
        self.panel.show_state(
            done.format(count=number(count), texts=number(len(chosen) - len(problems))),
            warning=bool(problems),
        )
        if problems:
            await show_message(self._window, "\n".join(problems[:_PROBLEMS]))

    async def _confirm(self, chosen: list[TextHits]) -> bool:
        number = self._window.editor.locale().toString
        question = self.tr("Replace {count} matches? Texts: {texts}")
        count = sum(len(text.hits) for text in chosen)
        answer = await ask(
            self._window,
            question.format(count=number(count), texts=number(len(chosen))),
            self.tr(
                "Texts that are open are changed in their tabs, where Undo takes it back. "
                "The others are saved at once."
            ),
            {
                "replace": (self.tr("Replace"), QMessageBox.ButtonRole.AcceptRole),
                "cancel": (self.tr("Cancel"), QMessageBox.ButtonRole.RejectRole),
            },
        )
        return answer == "replace"

    async def _replace_in(self, text: TextHits, query: Query, new: str) -> int:
        """The number of replaced matches in a text. Raises UserError where it stays as it is."""
        if text.version is not None:
            paths = frozenset(one.document.path for one in self._documents.all if one.document.path)
            before = await self._project.service.run(read_replaced, text.path, "")
            count = await self._project.service.replace(text.path, query, new, text.version, paths)
            if before is not None and count:
                self._histories.keep_replaced(text.path, before)
            return count
        opened = self._documents.with_path(text.open_path or text.path)
        revision = self._revisions.get(text.open_path or text.path)
        if opened is not None and opened.text.revision() == revision:
            cursor = self._cursor_of(opened)
            edit = await self._service.replace_all(query, opened.whole_text(), new, cursor)
            if edit is None:
                return 0
            if opened in self._documents.all and opened.text.revision() == revision:
                self._apply(opened, edit)
                return edit.count
        raise DocumentError("{name} changed meanwhile; nothing was replaced in it.", name=text.name)

    def _cursor_of(self, opened: OpenDocument) -> int:
        if opened is self._documents.current:
            return self._window.editor.textCursor().position()
        return opened.view.cursor

    def _apply(self, opened: OpenDocument, edit: Replacement) -> None:
        """Change an open text as one undo step."""
        if opened is self._documents.current:
            self._window.editor.replace(edit.start, edit.end, edit.text, edit.cursor)
            return
        cursor = QTextCursor(opened.text)
        cursor.setPosition(edit.start)
        cursor.setPosition(edit.end, QTextCursor.MoveMode.KeepAnchor)
        cursor.beginEditBlock()
        cursor.insertText(edit.text)
        cursor.endEditBlock()
