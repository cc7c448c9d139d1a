"""Power cuts while a text is typed and saved: what comes back, and how much of the typing does not."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from tests.fakes.disk_faults import disk_faults
from tests.fakes.recorded_disk import RecordedDisk
from tests.trust.saving import own_folders
from tests.trust.scorecard import Figure, Row
from writer.base.task_pool import TaskPool
from writer.base.user_files.overwriting import roll_back_all
from writer.documents.journal import journal as journals
from writer.documents.journal.journal import Journal, JournalStart
from writer.documents.journal.journal_folder import JournalFolder, create
from writer.documents.journal.records import DocumentInfo, Edit
from writer.documents.journal.recovery import JournalError, read_newest
from writer.documents.journal.sync_thread import SyncThread
from writer.documents.text_file import read_document, write_document
from writer.documents.text_format import TextFormat
from writer.text.utf16 import utf16_bytes

CUTS, SESSIONS, SECONDS = 500, 10, 6.0
LIMIT_MS = 250.0
SYNC_SECONDS = 0.005
"""What a sync takes, as on an ordinary disk. The folders are in memory, away from other load."""

BEFORE = "What stood in the file. 原来的文字。\n" * 50
KEYS = "the quick brown fox 敏捷的狐狸 \n"


@dataclass
class Session:
    """A text that is typed in real time, on a recorded disk, and each text that it was."""

    disk: RecordedDisk
    linked: bool = False
    """Whether the file has another link, so that saving overwrites it."""

    saved: set[str] = field(default_factory=lambda: {BEFORE})
    texts: list[tuple[float, str]] = field(default_factory=list)
    """When each text was made by a key, and the text behind it."""

    ended: float = 0.0

    @property
    def file(self) -> Path:
        return self.disk.root / "text.txt"

    @property
    def folder(self) -> Path:
        return self.disk.root / "journals" / "one"

    async def type(self, seconds: float, chance: random.Random) -> None:
        """Type, take back, paste and save; long logs are merged meanwhile."""
        version = write_document(self.file, BEFORE, TextFormat(), None)
        if self.linked:
            self.disk.root.with_suffix(".link").hardlink_to(self.file)
        info = DocumentInfo(str(self.file), TextFormat(), version)
        pool, syncer = TaskPool(asyncio.get_running_loop(), "cuts"), SyncThread()
        start = JournalStart(create(self.folder), info)
        start.write_log()
        journal = Journal(start, syncer, pool, lambda _error: None)
        journal.write_base(BEFORE)
        text, until = BEFORE, time.monotonic() + seconds
        self.texts.append((time.monotonic(), text))
        saving: asyncio.Task[None] | None = None
        while time.monotonic() < until:
            edit, text = self._edit(text, chance)
            self.texts.append((time.monotonic(), text))
            journal.edit(edit)
            if chance.random() < 0.05 and (saving is None or saving.done()):
                saving = asyncio.create_task(self._save(journal, pool))
            await asyncio.sleep(chance.choice((0.0, 0.02, 0.05, 0.1)))
        if saving is not None:
            await saving
        self.ended = time.monotonic()
        await journal.close()
        syncer.close()
        await pool.close()

    def _edit(self, text: str, chance: random.Random) -> tuple[Edit, str]:
        if chance.random() < 0.1:
            return Edit(len(text) - 1, 1, b""), text[:-1]
        added = KEYS * 20 if chance.random() < 0.02 else chance.choice(KEYS)
        return Edit(len(text), 0, utf16_bytes(added)), text + added

    async def _save(self, journal: Journal, pool: TaskPool) -> None:
        """What `Document.save` does."""
        async with journal.lock:
            text = self.texts[-1][1]
            self.saved.add(text)
            mark = journal.record_saving(str(self.file), TextFormat())
            version = await pool.run(write_document, self.file, text, TextFormat(), None)
            await journal.start_generation(DocumentInfo(str(self.file), TextFormat(), version), text, mark)

    def moment(self, busy: bool, chance: random.Random) -> float:
        """Any moment of the session, or one when some file or folder is changed or synced."""
        first = self.texts[0][0]
        found = [[moment for moment in moments if moment > first] for moments in self.disk.moments()]
        if busy:
            busy = chance.choice(chance.choice([moments for moments in found if moments]))
            return max(first, busy + chance.choice((-1e-4, 1e-6, 1e-4)))
        return chance.uniform(first, self.ended)

    def lost(self, moment: float, chance: random.Random) -> float | None:
        """The milliseconds of typing that a cut costs; None where text or file are what they never were."""
        shutil.rmtree(self.disk.root)
        self.disk.root.mkdir()
        self.disk.restore(moment, chance)
        roll_back_all()
        if read_document(self.file).text not in self.saved:
            return None
        made = [entry for entry in self.texts if entry[0] <= moment]
        found = self._recovered()
        known = [number for number, (_, text) in enumerate(made) if text == found]
        if not known:
            return None
        return 1000 * (moment - made[known[-1] + 1][0]) if known[-1] + 1 < len(made) else 0.0

    def _recovered(self) -> str:
        try:
            kept = read_newest(JournalFolder(self.folder, mock.MagicMock()))
        except (JournalError, FileNotFoundError):
            return read_document(self.file).text
        if kept.damaged and not kept.info.path:  # the first keys, of no known file
            return read_document(self.file).text
        return kept.text if kept.changed else read_document(self.file).text


def typed(root: Path, seconds: float, linked: bool, chance: random.Random) -> Session:
    """A session on a recorded disk; logs are merged often."""
    root.mkdir()
    session = Session(RecordedDisk(root, SYNC_SECONDS), linked)
    with mock.patch.object(journals, "COMPACT_BYTES", 3000), disk_faults(session.disk):
        asyncio.run(session.type(seconds, chance))
    return session


def measured(seed: int, scale: float) -> list[float | None]:
    """The milliseconds of typing lost by each cut."""
    chance = random.Random(seed)
    count, sessions = max(40, int(CUTS * scale)), max(2, int(SESSIONS * scale))
    losses: list[float | None] = []
    with own_folders() as folder:
        for number in range(sessions):
            root = folder / str(number)
            with mock.patch.dict(os.environ, {"XDG_DATA_HOME": str(root)}):
                seconds = SECONDS * max(0.3, min(1.0, scale))
                session = typed(root, seconds, bool(number % 2), chance)
                for turn in range(count // sessions):
                    moment = session.moment(bool(turn % 2), chance)
                    losses.append(session.lost(moment, chance))
    return losses


def cut(seed: int, scale: float) -> Figure:
    """Cut the power at random moments, with all that was not synced in any order."""
    losses = measured(seed, scale)
    known = [loss for loss in losses if loss is not None]
    wrong, worst = len(losses) - len(known), max(known, default=0.0)
    text = f"{len(losses)} cuts: {wrong} with a text that never was, at most {worst:.0f} ms of typing lost"
    return Figure(text, passed=not wrong and worst <= LIMIT_MS)


ROWS = (
    Row(
        "power-cuts",
        "500 power cuts while typing and saving, what is not synced in any order",
        "at most 250 ms of typing lost",
        cut,
        minutes=1,
        alone=True,
    ),
)
