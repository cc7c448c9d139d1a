"""A follower of one open text: keeps the origins of its characters, and their log and record on the disk."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from writer.app.documents.authorship_service import AuthorshipService
from writer.documents.authorship.batches import Outcome
from writer.documents.authorship.edit_log import EditLog, Mark
from writer.documents.authorship.origin import Origin, Run
from writer.documents.authorship.tracked_text import (
    Authorship,
    TrackedChange,
    TrackedText,
    imported,
)
from writer.documents.authorship.unit_text import UnitText, units
from writer.ui.editor.edit_recorder import RecordedChange
from writer.ui.editor.open_documents import OpenDocument

log = logging.getLogger(__name__)

_RETRY_SECONDS = 5.0
"""The least time between two attempts to begin a log that cannot be written."""

Copied = Callable[[bytes], tuple[Run, ...]]
"""A function that returns the origins of a text (UTF-16) that was copied here; none where it was not."""


class DocumentFollower(QObject):
    """The origins of an open text. `copied` gives those of what is pasted, where that was copied here."""

    changed = Signal()
    """The origins changed."""

    def __init__(
        self, opened: OpenDocument, tracked: TrackedText, service: AuthorshipService, copied: Copied
    ) -> None:
        super().__init__(opened.recorder)
        self.opened = opened
        self.tracked = tracked
        self._service = service
        self._copied = copied
        self._log: EditLog | None = None
        self._failed_at = -_RETRY_SECONDS
        self._saving: Authorship | None = None
        self._outcomes: list[Outcome] = []
        self._written: tuple[object, str] | None = None
        """The path and digest of the record that was written last in this session."""
        opened.document.saving.connect(self._note_saving)
        opened.document.saved.connect(self._write_record)

    def begin(self, early: list[RecordedChange], count: int, text: UnitText) -> None:
        """Follow the changes since the text was opened; `text` is what it was after `count` of them."""
        for change in early[:count]:
            self._apply(change)
        self.tracked.text = text
        for change in early[count:]:
            self._apply(change)
        if early:
            self._begin_log(*early[-1].after)
        self._service.report(self.tracked.judge(self._service.clock(), saving=False))
        self.opened.recorder.follow(self.follow)

    def follow(self, change: RecordedChange) -> None:
        """Follow a change, and log it."""
        name, before, after = change.after[0], Mark(*change.before[1:]), Mark(*change.after[1:])
        if self._log is not None and self._log.name != name:
            self._end_log(delete=True)
        if self._log is None and change.before[0] == name:
            self._open_log(name, before)
        splices = self._apply(change)
        if self._log is None or splices is None or self._log.is_long:
            self._begin_log(*change.after)
        else:
            taken = self.tracked.batches.newest if change.origin is Origin.TAKEN else None
            try:
                self._log.add(after, splices, taken)
                self._service.sync_later(self._log)
            except OSError as error:
                log.warning("a log of authorship is not written: %s", error.strerror)
                self._end_log(delete=True)  # what is in it would be wrong; the next edit begins another
        self.changed.emit()

    def forget(self) -> None:
        """Forget all origins; what is there counts as imported."""
        text = self.opened.whole_text()
        content = UnitText(units(text))
        self.tracked = TrackedText(imported(content.length), content, self.opened.text.availableUndoSteps())
        self._end_log(delete=True)
        self.changed.emit()

    def close(self, keep_log: bool) -> None:
        """End following; the log stays where the text is in its journal only."""
        self.opened.document.saving.disconnect(self._note_saving)
        self.opened.document.saved.disconnect(self._write_record)
        self._end_log(delete=not keep_log)

    def _apply(self, change: RecordedChange) -> list[tuple[int, int, list[Run]]] | None:
        """Follow a change; returns what became of the runs, None where they began anew."""
        tracked = TrackedChange(
            edit=change.edit,
            origin=change.origin,
            steps=change.steps,
            is_new=change.is_new,
            restores=change.restores,
            place=change.place,
        )
        if change.origin in (None, Origin.PASTED) and change.edit.added:
            (head, tail), added = tracked.around(), change.edit.added
            tracked = replace(tracked, carried=self._copied(added[2 * head : len(added) - 2 * tail]))
        try:
            return self.tracked.apply(tracked, self._service.clock())
        except ValueError:
            log.warning("the origins of a text do not fit to it; they begin anew")
            self.forget()
            return None

    def _begin_log(self, name: str, generation: int, offset: int) -> None:
        """Begin the log again, with all origins."""
        mark = Mark(generation, offset)
        if self._log is None:
            self._open_log(name, mark)
            return
        try:
            self._log.begin_again(self.tracked.authorship(), mark)
        except (OSError, ValueError) as error:
            log.warning("a log of authorship is not written: %s", error)
            self._end_log(delete=True)

    def _open_log(self, name: str, mark: Mark) -> None:
        """Begin a log for the journal of this name, unless there is none, or that failed just now."""
        now = time.monotonic()
        if name and now - self._failed_at >= _RETRY_SECONDS:
            self._log = self._service.begin_log(name, self.tracked.authorship(), mark)
            self._failed_at = now if self._log is None else -_RETRY_SECONDS

    def _end_log(self, delete: bool) -> None:
        if self._log is not None:
            self._service.end_log(self._log, delete)
            self._log = None

    def _note_saving(self) -> None:
        """See what is kept, and keep the origins of this moment for the record."""
        self._outcomes = self.tracked.judge(self._service.clock(), saving=True)
        self._saving = self.tracked.authorship()

    def _write_record(self) -> None:
        document, saving = self.opened.document, self._saving
        if saving is None:
            return
        self._saving = None
        outdated = self._written[1] if self._written and self._written[0] == document.path else ""
        self._service.write(document.digest, saving, outdated)
        self._written = document.path, document.digest
        self._service.report(self._outcomes)
        if self._log is not None and self._outcomes:
            self._begin_log(*document.journal_mark)
