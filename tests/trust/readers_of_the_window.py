"""The readers of the window: session, statistics, settings, journals, and what is learned or measured."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from PySide6.QtCore import QObject, Signal

from tests.trust.reader import Reader, file_reader
from writer.app.desktop import single_instance
from writer.app.documents.session import SessionStore
from writer.app.suggestions.learned_taking import LearnedTaking
from writer.app.suggestions.usage_statistics import UsageStatistics
from writer.base.paths import can_be_path
from writer.base.typed_data import DamagedError
from writer.documents.journal import records
from writer.documents.journal.journal import JournalStart
from writer.documents.journal.journal_folder import JournalFolder, create
from writer.documents.journal.records import DocumentInfo, Edit, Saving, View
from writer.documents.journal.recovery import read_newest
from writer.documents.text_file import FileVersion
from writer.documents.text_format import TextFormat
from writer.models import calibrations
from writer.models.calibrations import MeasuredSuggestions
from writer.models.derived_files import derived_folder
from writer.settings.schema import SCHEMA, SUGGESTIONS_DELAY
from writer.settings.store import SettingsStore
from writer.suggestions.calibration import Calibration, Curve, Place
from writer.suggestions.gate import level_named

SESSION = {
    "geometry": "AdnQywADAAA=",
    "order": ["a1b2", "c3d4"],
    "current": "a1b2",
    "recent": ["/home/a/letter.txt", "/home/a/Brief.md"],
    "silent": ["/home/a/letter.txt"],
}
STATISTICS = {
    "2026-11-27": {"saved": 10, "shown": 20, "accepted": 5, "waited": 800.5},
    "2026-11-28": {"saved": 12, "shown": 21, "accepted": 6, "waited": 900.5},
}
KEPT = {"saved": 3, "shown": 4, "accepted": 2, "waited": 5.5}
"""A day that no mutant touches."""

TEXT = "What was typed and not saved yet, 还没有保存的文字。"
_FRAME = struct.Struct("<II")


class _NoSuggestions(QObject):
    """Signals in the place of the suggestions' own."""

    about_to_ask = Signal(object)
    changed = Signal(object)
    inserted = Signal(str)


def window_readers(folder: Path) -> tuple[Reader, ...]:
    """The readers of files in `folder`."""
    folder.mkdir()
    return (
        _session(folder / "session.json"),
        _statistics(folder / "statistics.json"),
        _taking(folder / "taking.json"),
        _calibration(folder),
        _settings(folder / "settings.toml"),
        Reader(
            "a second start",
            json.dumps({"files": ["/a/b.txt", "/a/c.txt"], "token": "x"}).encode(),
            _asked,
            (DamagedError,),
        ),
        *(_journal(folder / kind, record) for kind, record in _records().items()),
    )


def _clean(file: Path) -> None:
    for aside in file.parent.glob(f"{file.stem}.bad-*"):
        aside.unlink()


def _session(file: Path) -> Reader:
    def read(data: bytes) -> None:
        file.write_bytes(data)
        session = SessionStore(file).load()
        assert all(map(can_be_path, session.recent))
        SessionStore(file).save(session)
        assert SessionStore(file).load() == session, "what was read cannot be written"
        assert file.exists()
        _clean(file)

    return Reader("session.json", json.dumps(SESSION).encode(), read)


def _statistics(file: Path) -> Reader:
    good = json.dumps(STATISTICS).encode()

    def read(data: bytes) -> None:
        with_kept = data[:-1] + b', "2026-11-29": ' + json.dumps(KEPT).encode() + b"}"
        is_whole = data.endswith(b"}") and data != b"{}" and _is_json(with_kept)
        file.write_bytes(with_kept if is_whole else data)
        settings: Any = SimpleNamespace(get=lambda _setting: True)
        statistics = UsageStatistics(
            cast(Any, _NoSuggestions()), settings, file, today=lambda: date(2026, 11, 29)
        )
        statistics.total()
        if is_whole:
            assert statistics.day().saved == KEPT["saved"], "a good day is gone"
        statistics.save()
        _clean(file)

    return Reader("statistics.json", good, read)


def _taking(file: Path) -> Reader:
    settings: Any = SimpleNamespace(get=lambda _setting: True)

    def load() -> LearnedTaking:
        return LearnedTaking(cast(Any, _NoSuggestions()), settings, file)

    def read() -> None:
        taking = load()
        gate = replace(level_named("balanced").gate, leaning=taking.leaning())
        assert 0 <= gate.threshold(0, 2) <= 1, "the gate is out of bounds"
        taking.save()

    load().save()
    return file_reader("taking.json", file, read)


def _calibration(folder: Path) -> Reader:
    curves = {Place.SPACE: Curve(((0.2, 0.1), (0.8, 0.7))), Place.MARK: Curve(((0.5, 0.6),))}
    calibrations.write(folder, {"en": MeasuredSuggestions(Calibration(curves), {"sure": 0.9})})

    def read() -> None:
        for measured in calibrations.read(folder).values():
            assert all(0 <= curve.right(0.5) <= 1 for curve in measured.calibration.curves.values())
            assert all(0 <= share <= 1 for share in measured.right.values())

    return file_reader("calibration.json", derived_folder(folder) / calibrations.FILE, read)


def _is_json(data: bytes) -> bool:
    try:
        return isinstance(json.loads(data), dict)
    except (ValueError, RecursionError):
        return False


def _settings(file: Path) -> Reader:
    file.touch()
    store = SettingsStore(file)
    for setting in SCHEMA.settings:
        store.set(setting, setting.default)
    store.set(SUGGESTIONS_DELAY, 350)
    good = file.read_bytes()

    def read(data: bytes) -> None:
        file.write_bytes(data)
        found = SettingsStore(file)
        for setting in SCHEMA.settings:
            assert setting.value_type.check(found.get(setting)) == found.get(setting)
        stands = b"[suggestions]\n" in data and b"\ndelay = 350\n" in data
        if stands and not list(file.parent.glob("settings.bad-*")):
            assert found.get(SUGGESTIONS_DELAY) == 350, "a good setting is gone"
        [str(notice).encode() for notice in found.notices]
        found.set(SUGGESTIONS_DELAY, 400)
        assert SettingsStore(file).get(SUGGESTIONS_DELAY) == 400, "a setting cannot be changed"
        _clean(file)

    return Reader("settings.toml", good, read, is_toml=True)


def _asked(data: bytes) -> None:
    assert all(map(can_be_path, single_instance._parse(data + b"\n").files))


def _records() -> dict[str, DocumentInfo | View | Saving]:
    form = TextFormat(stand_ins=(("\0", "\ufdd2"),), spellings=(("é", b"\xe9"),))
    return {
        "T": DocumentInfo("/a/letter.txt", form, FileVersion(1, 2, 3), saved=False, empty=False),
        "V": View(3, 4, 1),
        "S": Saving("/a/letter.txt", form),
    }


def _journal(path: Path, record: DocumentInfo | View | Saving) -> Reader:
    """A log in which one record with JSON is changed, and a checksum is right; the text must come back."""
    folder = new_journal(path)
    log = folder.log(1)
    before = log.read_bytes()
    body = records.encode(record)[_FRAME.size :]

    def read(data: bytes) -> None:
        changed = body[:1] + data
        log.write_bytes(before + _FRAME.pack(len(changed), zlib.crc32(changed)) + changed)
        found = read_newest(folder)
        assert TEXT in (found.text, found.salvaged), "the text is gone"
        assert can_be_path(found.info.path)

    return Reader(f"journal {body[:1].decode()}", body[1:], read)


def new_journal(path: Path) -> JournalFolder:
    """The journal of a new text, locked; the text is TEXT."""
    folder = create(path)
    JournalStart(folder, DocumentInfo(saved=False, empty=True)).write_log()
    with folder.log(1).open("ab") as log:
        log.write(records.encode(Edit(0, 0, TEXT.encode("utf-16-le"))))
    return folder
