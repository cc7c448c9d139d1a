"""A suggestion while a text is replayed: it arrives in parts, shrinks as it is typed, and ends.

Without a pace it is there at once. With one, a part helps a key that is pressed when it could have been read,
and a key that comes before the first part cancels the request, as in the window.
"""

from __future__ import annotations

from dataclasses import replace

from writer.evaluation.cached_suggester import TimedSuggestion
from writer.suggestions.reasons import Reason
from writer.suggestions.suggestion import Suggestion
from writer.suggestions.typing_pace import MIN_READABLE_SECONDS


class ArrivingGhost:
    """The suggestion `timed`, which is not shown before `delay` seconds after its request."""

    def __init__(self, timed: TimedSuggestion, delay: float = 0.0) -> None:
        self.timed = timed
        self._delay = delay
        self._seconds: float | None = None
        self._typed = ""
        self._seen = False
        self._taken = False

    def wait(self, seconds: float) -> None:
        """Let time pass until the next key."""
        self._seconds = (self._seconds or 0.0) + seconds

    def visible(self) -> Suggestion:
        """What can be read of it at this key; an empty one has the reason."""
        part = self._arrived()
        rest = part.advance(self._typed, 0) if self._typed else part
        if rest is not None and rest.text:
            self._seen = True
            return rest
        late = bool(self.timed.suggestion.text)
        return Suggestion(reason=Reason.STALE) if late else replace(self.timed.suggestion, text="")

    def write(self, text: str, accepted: bool) -> None:
        """Note that `text` was written next, by typing or by accepting it."""
        self._typed += text
        self._taken = self._taken or accepted

    def goes_on(self, shown: Suggestion) -> bool:
        """Whether it stays after that key, at which `shown` was visible."""
        if not shown.text:
            return False
        rest = self.timed.suggestion.advance(self._typed, 0)
        return rest is not None and bool(rest.text)

    @property
    def refused(self) -> bool:
        """Whether it was seen, and nothing of it accepted."""
        return self._seen and not self._taken

    def _arrived(self) -> Suggestion:
        if self._seconds is None:
            return self.timed.suggestion
        arrived = Suggestion()
        for at, part in self.timed.parts:
            if max(at, self._delay) + MIN_READABLE_SECONDS <= self._seconds:
                arrived = part
        return arrived
