"""A controller for the record of authorship: lets a follower follow each open text, where that is wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from writer.app.documents.authorship_service import AuthorshipService
from writer.base.task_pool import TaskPool
from writer.documents.authorship.origin import Run
from writer.documents.authorship.tracked_text import TrackedText, without_batches
from writer.settings.editor_schema import EDITOR_AUTHORSHIP
from writer.settings.store import SettingsStore
from writer.text.utf16 import utf16_bytes
from writer.ui.controllers.authorship.follower import DocumentFollower
from writer.ui.editor.open_documents import OpenDocument, OpenDocuments
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow

if TYPE_CHECKING:
    from writer.ui.common.theme import ThemeSwitcher
    from writer.ui.controllers.authorship.authorship_view import AuthorshipView
    from writer.ui.controllers.files import FileController


class AuthorshipController(QObject):
    """Follows the texts of `documents`, and shows the origins of the current one when it is asked to."""

    changed = Signal()
    """The origins of the current text changed, or they are those of another one."""

    def __init__(
        self,
        window: MainWindow,
        documents: OpenDocuments,
        files: FileController,
        service: AuthorshipService,
        settings: SettingsStore,
        themes: ThemeSwitcher,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._documents = documents
        self._files = files
        self._themes = themes
        self._service = service
        self._settings = settings
        self._tasks = TaskPool(loop, "authorship")
        self._followers: dict[OpenDocument, DocumentFollower] = {}
        self._waiting: list[OpenDocument] = []
        """The texts whose origins are to be read, one after the other: not all are in memory twice."""
        self._is_loading = False
        self._copied_text = b""
        self._copied_runs: tuple[Run, ...] = ()
        self._copied_from: OpenDocument | None = None
        window.editor.selection_copied.connect(self._note_copied)
        documents.list_changed.connect(self._update)
        documents.current_changed.connect(self._update)
        self._unsubscribe = settings.subscribe(EDITOR_AUTHORSHIP.key, lambda _key: self._switch())
        self._action = window.actions_by_name[ActionId.VIEW_AUTHORSHIP]
        window.actions_by_name.connect(
            {
                ActionId.VIEW_AUTHORSHIP: lambda: self.view.show(self._action.isChecked()),
                ActionId.FILE_EXPORT_AUTHORSHIP: self._export,
            }
        )
        self._switch()

    @cached_property
    def view(self) -> AuthorshipView:
        """The view over the text, made at the first use."""
        from writer.ui.controllers.authorship.authorship_view import AuthorshipView

        view = AuthorshipView(
            *(self._window, self._files, self._themes, self._tasks),
            current=lambda: self.current,
            on_close=self._hide,
        )
        self.changed.connect(view.update_later)
        return view

    @property
    def current(self) -> DocumentFollower | None:
        """The follower of the current text; None where none is kept, or it is being read."""
        return self._followers.get(self._documents.current)

    def forget(self) -> None:
        """Forget the origins of all open texts; what is there counts as imported."""
        self._copied_runs = ()
        for follower in self._followers.values():
            follower.forget()

    async def close(self) -> None:
        """End what is being read; the texts are followed until they are closed."""
        self._unsubscribe()
        await self._tasks.close(cancel=True)

    def end(self) -> None:
        """End following; the logs stay of those texts that are not saved."""
        for opened in list(self._followers):
            opened.recorder.end_following(collect=False)
            self._end(opened, keep_log=opened.text.isModified())
        self._service.prune()

    def _export(self) -> None:
        self.view.export()

    def _hide(self) -> None:
        self._action.setChecked(False)
        self.view.show(False)
        self._window.editor.setFocus()

    def _switch(self) -> None:
        """Follow all texts or none."""
        enabled = self._settings.get(EDITOR_AUTHORSHIP)
        for opened in self._documents.all:
            if not enabled:
                self._end(opened, keep_log=False)
                opened.recorder.end_following(collect=False)
            elif opened.recorder.changes is None and not opened.recorder.is_followed:
                opened.recorder.end_following(collect=True)
        self._update()
        self.changed.emit()

    def _update(self) -> None:
        """Follow the texts that are new, and end following those that are gone."""
        open_now = set(self._documents.all)
        for opened in list(self._followers):
            if opened not in open_now or not opened.recorder.is_followed:
                self._end(opened, keep_log=False)
        for opened in self._documents.all if self._settings.get(EDITOR_AUTHORSHIP) else ():
            if not opened.recorder.is_followed and opened not in self._waiting:
                self._waiting.append(opened)
        if self._waiting and not self._is_loading:
            self._is_loading = True
            self._tasks.start(self._load_all())
        self.changed.emit()

    def _end(self, opened: OpenDocument, keep_log: bool) -> None:
        follower = self._followers.pop(opened, None)
        if follower is not None:
            follower.close(keep_log)

    async def _load_all(self) -> None:
        """Read the origins of the texts that wait."""
        try:
            while self._waiting:
                opened = self._waiting[0]
                wanted = self._settings.get(EDITOR_AUTHORSHIP) and not opened.recorder.is_followed
                if not wanted or opened not in self._documents.all or await self._load(opened):
                    self._waiting.remove(opened)
        finally:
            self._is_loading = False

    async def _load(self, opened: OpenDocument) -> bool:
        """Read the origins of a text, and follow it from then on; False where it became another one."""
        recorder, document = opened.recorder, opened.document
        if recorder.changes is None:
            recorder.end_following(collect=True)
        starts, early = recorder.starts, list(recorder.changes or ())
        growth = sum(len(change.edit.added) // 2 - change.edit.removed for change in early)
        was_in_file = not recorder.was_modified
        authorship, text = await self._service.load(document, opened.whole_text(), growth, was_in_file)
        changes = recorder.changes
        if opened not in self._documents.all or changes is None:
            return True
        if starts != recorder.starts:
            return False
        if document.recovered_from and was_in_file and not early and document.digest:
            self._service.write(document.digest, authorship)  # the next start finds it by that
        tracked = TrackedText(authorship, steps=recorder.steps_before)
        follower = DocumentFollower(opened, tracked, self._service, self._copied_to(opened))
        self._followers[opened], document.recovered_from = follower, None
        follower.begin(changes, len(early), text)
        follower.changed.connect(self._emit_changed)
        self.changed.emit()
        return True

    def _emit_changed(self) -> None:
        if self.sender() is self.current:
            self.changed.emit()

    def _note_copied(self, start: int, end: int, text: str) -> None:
        """Keep the origins of what goes to the clipboard, for the case that it is pasted here."""
        follower = self.current
        self._copied_text, self._copied_runs = b"", ()
        if follower is not None:
            self._copied_text = utf16_bytes(text)
            self._copied_runs = tuple(follower.tracked.runs.between(start, end))
            self._copied_from = self._documents.current

    def _copied_to(self, opened: OpenDocument) -> Callable[[bytes], tuple[Run, ...]]:
        def runs(added: bytes) -> tuple[Run, ...]:
            if not self._copied_runs or added != self._copied_text:
                return ()
            return self._copied_runs if opened is self._copied_from else without_batches(self._copied_runs)

        return runs
