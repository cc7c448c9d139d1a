"""Usage statistics of suggestions: numbers for each day, kept on this computer, without any text."""

from __future__ import annotations

import contextlib
import json
import logging
import time
from collections.abc import Callable
from dataclasses import asdict, astuple, dataclass
from datetime import date, timedelta
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from writer.app.suggestions.suggestion_service import SuggestionService
from writer.base import atomic_file
from writer.base.errors import Sentence
from writer.base.typed_data import Count, DamagedError, as_type, read_json_file
from writer.settings.schema import STATISTICS_ENABLED
from writer.settings.store import SettingsStore
from writer.suggestions.context import Context
from writer.suggestions.suggestion import Suggestion

if TYPE_CHECKING:
    from writer.documents.authorship.batches import Outcome

log = logging.getLogger(__name__)

FILE_NAME = "statistics.json"
DAYS_KEPT = 400
SAVE_AFTER_MS = 5_000
LIMIT = 1 << 20
"""Bytes of the file; a day takes about 150."""

_DAMAGED = "The file of the statistics was damaged; the days that can be read count. It is kept as {aside}."


@dataclass(frozen=True, slots=True)
class Day:
    """The sums of one day.

    `saved` counts keystrokes, `shown` and `accepted` suggestions; `waited` sums the milliseconds from a
    request to its first word. Of `taken` characters taken from suggestions, `kept` were still there when
    their text was saved; of `taken_before`, which were looked at again a day later, `kept_later`.
    """

    saved: Count = 0
    shown: Count = 0
    accepted: Count = 0
    waited: Annotated[float, msgspec.Meta(ge=0, le=1e15)] = 0.0
    taken: Count = 0
    kept: Count = 0
    taken_before: Count = 0
    kept_later: Count = 0

    def __add__(self, other: Day) -> Day:
        return Day(*map(add, astuple(self), astuple(other)))

    @property
    def rate(self) -> float | None:
        """The share of shown suggestions that were accepted; None where none was shown."""
        return self.accepted / self.shown if self.shown else None

    @property
    def kept_share(self) -> float | None:
        """The share of the taken characters that were there at saving; None where none was looked at."""
        return self.kept / self.taken if self.taken else None

    @property
    def kept_later_share(self) -> float | None:
        """The share of those that were there a day later; None where none was looked at."""
        return self.kept_later / self.taken_before if self.taken_before else None

    @property
    def latency(self) -> float | None:
        """The mean milliseconds from a request to the first word; None where none was shown."""
        return self.waited / self.shown if self.shown else None


class UsageStatistics(QObject):
    """Counters of suggestions for each day, updated by the suggestion service's signals.

    Nothing is counted while the setting is off. `today` and `clock` (seconds) can be replaced by tests.
    """

    changed = Signal()
    """Emitted when any number changed."""

    def __init__(
        self,
        suggestions: SuggestionService,
        settings: SettingsStore,
        path: Path,
        today: Callable[[], date] = date.today,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._settings = settings
        self._path = path
        self._today = today
        self._clock = clock
        self._asked_at: float | None = None
        self._is_new = False
        """Whether nothing of the shown suggestion was accepted yet."""
        self._timer = QTimer(self, singleShot=True, interval=SAVE_AFTER_MS)
        self._timer.timeout.connect(self.save)
        self.notices: list[Sentence] = []
        """Sentences about the file for the user, which the caller clears once they are shown."""
        self.days: dict[date, Day] = self._load()
        suggestions.about_to_ask.connect(self._record_request)
        suggestions.changed.connect(self._record_suggestion)
        suggestions.inserted.connect(self._record_acceptance)

    def day(self, back: int = 0) -> Day:
        """The numbers of the day `back` days ago, 0 for today."""
        return self.days.get(self._today() - timedelta(days=back), Day())

    def total(self) -> Day:
        """The sums over all kept days."""
        return sum(self.days.values(), Day())

    def record_kept(self, outcome: Outcome) -> None:
        """Count what became of characters that were taken from suggestions, for the day of that."""
        taken, kept = outcome.taken, outcome.kept
        day = date.fromtimestamp(outcome.time)
        self._add(
            Day(taken_before=taken, kept_later=kept) if outcome.later else Day(taken=taken, kept=kept), day
        )

    def clear(self) -> None:
        """Delete all numbers and the file. Raises OSError where it cannot be deleted."""
        self._timer.stop()
        self.days.clear()
        self._path.unlink(missing_ok=True)
        self.changed.emit()

    def save(self) -> None:
        """Write the numbers to the file."""
        self._timer.stop()
        self._write(self.days)

    def close(self) -> None:
        """Write pending changes."""
        if self._timer.isActive():
            self.save()

    def _record_request(self, _context: Context) -> None:
        self._asked_at = self._clock()

    def _record_suggestion(self, suggestion: Suggestion) -> None:
        if suggestion.text and self._asked_at is not None:
            waited = 1000 * (self._clock() - self._asked_at)
            self._asked_at, self._is_new = None, True
            self._add(Day(shown=1, waited=waited))

    def _record_acceptance(self, text: str) -> None:
        """Count the keys that `text` would have taken, less the one that accepted it."""
        self._add(Day(saved=max(0, len(text) - 1), accepted=int(self._is_new)))
        self._is_new = False

    def _add(self, more: Day, day: date | None = None) -> None:
        if self._settings.get(STATISTICS_ENABLED):
            day = day or self._today()
            self.days[day] = self.days.get(day, Day()) + more
            if not self._timer.isActive():
                self._timer.start()
            self.changed.emit()

    def _load(self) -> dict[date, Day]:
        """The days in the file; a damaged file is set aside and rewritten with the days that can be read."""
        try:
            raw = read_json_file(self._path, dict[str, Any], LIMIT)
        except FileNotFoundError:
            return {}
        except (OSError, DamagedError):
            raw = {"": None}
        days = {}
        for day, sums in raw.items():
            with contextlib.suppress(ValueError, DamagedError):
                days[date.fromisoformat(day)] = as_type(sums, Day)
        if len(days) < len(raw):
            log.warning("statistics set aside: %d of %d days are damaged", len(raw) - len(days), len(raw))
            self._set_aside(days)
        return days

    def _set_aside(self, days: dict[date, Day]) -> None:
        """Rename the file, and write the days that could be read to a new one."""
        try:
            aside = atomic_file.set_aside(self._path)
        except OSError as error:
            log.warning("statistics not set aside: %s", error.strerror)
            return
        self.notices.append(Sentence(_DAMAGED, {"aside": aside}))
        if days:
            self._write(days)

    def _write(self, days: dict[date, Day]) -> None:
        oldest = self._today() - timedelta(days=DAYS_KEPT)
        content = {day.isoformat(): asdict(sums) for day, sums in days.items() if day > oldest}
        try:
            atomic_file.replace(self._path, json.dumps(content).encode())
        except OSError as error:
            log.warning("statistics not saved: %s", error.strerror)
