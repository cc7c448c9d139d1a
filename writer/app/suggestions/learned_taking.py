"""What the writer takes of suggestions, learned while they are read: some numbers, on this computer."""

from __future__ import annotations

import json
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from PySide6.QtCore import QObject, QTimer

from writer.app.suggestions.suggestion_service import SuggestionService
from writer.base import atomic_file
from writer.base.typed_data import Count, DamagedError, read_json_file
from writer.settings.schema import SUGGESTIONS_LEARN
from writer.settings.store import SettingsStore
from writer.suggestions.context import Context
from writer.suggestions.gate import saved_keys
from writer.suggestions.reasons import Reason
from writer.suggestions.rejection_backoff import MIN_READ_SECONDS
from writer.suggestions.suggestion import Suggestion
from writer.suggestions.taking_model import FEATURES, UNLEARNED, Leaning, TakingModel, TypingSituation
from writer.text.words import word_around

if TYPE_CHECKING:
    from writer.documents.authorship.batches import Outcome

log = logging.getLogger(__name__)

FILE_NAME = "taking.json"
SAVE_AFTER_MS = 5_000
LIMIT = 1 << 12
"""Bytes of the file, which takes some 400."""

MOST_OPEN = 200
"""Accepted suggestions of which is not known yet what is kept; of more the oldest count as kept."""

_LONGEST_WORD = 64

_Number = Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)]
_Numbers = Annotated[tuple[_Number, ...], msgspec.Meta(min_length=FEATURES, max_length=FEATURES)]
_Squares = Annotated[
    tuple[Annotated[float, msgspec.Meta(ge=1, le=1e12)], ...],
    msgspec.Meta(min_length=FEATURES, max_length=FEATURES),
]


@dataclass(frozen=True, slots=True)
class _StoredTaking:
    """The fields of a TakingModel as they stand in the file."""

    weights: _Numbers
    squares: _Squares
    outcomes: Count
    lately: Annotated[float, msgspec.Meta(ge=-1, le=1)]


@dataclass(frozen=True, slots=True)
class _Ghost:
    """A suggestion that is shown, or was: when it came, and whether something of it was accepted."""

    situation: TypingSituation
    keys: int
    probability: float
    shown_at: float
    taken: bool = False


class LearnedTaking(QObject):
    """Follows the suggestion service's signals; nothing is learned or used while the setting is off.

    Of what was accepted it is learned when its text is saved, by the share that is still there. `clock`
    (seconds) can be replaced by tests.
    """

    def __init__(
        self,
        suggestions: SuggestionService,
        settings: SettingsStore,
        path: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._suggestions = suggestions
        self._settings = settings
        self._path = path
        self._clock = clock
        self._situation = TypingSituation()
        self._ghost: _Ghost | None = None
        self._was_refused = False
        self._open: deque[_Ghost] = deque()
        self._timer = QTimer(self, singleShot=True, interval=SAVE_AFTER_MS)
        self._timer.timeout.connect(self.save)
        self.model = self._load()
        suggestions.about_to_ask.connect(self._note_situation)
        suggestions.changed.connect(self._note_suggestion)
        suggestions.inserted.connect(self._note_acceptance)

    def leaning(self) -> Leaning:
        """What the writer asks of the suggestion that is wanted now."""
        on = self._settings.get(SUGGESTIONS_LEARN)
        return self.model.leaning(self._situation) if on else UNLEARNED

    def record_kept(self, outcome: Outcome) -> None:
        """Learn from what was accepted before a save, of which the share in `outcome` is still there."""
        if not outcome.later and outcome.taken:
            while self._open:
                self._learn(self._open.popleft(), outcome.kept / outcome.taken)

    def clear(self) -> None:
        """Forget everything, and delete the file. Raises OSError where it cannot be deleted."""
        self._timer.stop()
        self._open.clear()
        self.model = TakingModel()
        self._path.unlink(missing_ok=True)

    def save(self) -> None:
        """Write the numbers to the file, which only its owner may read."""
        self._timer.stop()
        try:
            atomic_file.replace(self._path, json.dumps(asdict(self.model)).encode())
        except OSError as error:
            log.warning("what was learned of suggestions is not saved: %s", error.strerror)

    def close(self) -> None:
        """Write pending changes; what was accepted and never saved counts as kept."""
        while self._open:
            self._learn(self._open.popleft(), 1.0)
        if self._timer.isActive():
            self.save()

    def _note_situation(self, context: Context) -> None:
        before = context.before[-_LONGEST_WORD:]
        start, end = word_around(before, len(before))
        letters = end - start
        self._was_refused = self._was_refused and letters > 0
        self._situation = TypingSituation(self._suggestions.key_interval, letters, self._was_refused)

    def _note_suggestion(self, suggestion: Suggestion) -> None:
        ghost = self._ghost
        if suggestion.text and ghost is None and suggestion.confidence > 0:
            keys = saved_keys(suggestion.first_word())
            self._ghost = _Ghost(self._situation, keys, min(1.0, suggestion.confidence), self._clock())
            self._was_refused = False
        elif not suggestion.text and ghost is not None:
            self._ghost = None
            self._end(ghost, suggestion)

    def _end(self, ghost: _Ghost, last: Suggestion) -> None:
        """Learn from a suggestion that was typed past or dismissed; what was accepted waits for its fate."""
        if ghost.taken:
            self._open.append(ghost)
            if len(self._open) > MOST_OPEN:
                self._learn(self._open.popleft(), 1.0)
        elif last.reason in ("", Reason.DISMISSED) and self._clock() - ghost.shown_at >= MIN_READ_SECONDS:
            self._was_refused = True
            self._learn(ghost, 0.0)

    def _note_acceptance(self, _text: str) -> None:
        if self._ghost is not None:
            self._ghost = replace(self._ghost, taken=True)

    def _learn(self, ghost: _Ghost, kept: float) -> None:
        if self._settings.get(SUGGESTIONS_LEARN):
            self.model = self.model.learned(ghost.situation, ghost.keys, ghost.probability, min(1.0, kept))
            if not self._timer.isActive():
                self._timer.start()

    def _load(self) -> TakingModel:
        """The model in the file; a damaged one is begun anew, as all can be learned again."""
        try:
            stored = read_json_file(self._path, _StoredTaking, LIMIT)
        except FileNotFoundError:
            return TakingModel()
        except (OSError, DamagedError):
            log.warning("what was learned of suggestions is damaged, and begun anew")
            return TakingModel()
        return TakingModel(stored.weights, stored.squares, stored.outcomes, stored.lately)
