"""The pace of a server: how long it takes to the first word of an answer, and how long it may take.

A server is given little time, so that the model of this machine soon takes over from one that hangs. One that
is alive but slower than that, as a check showed, is given as much as it needs, up to what the user allows.
"""

from __future__ import annotations

from dataclasses import dataclass

FIRST_SECONDS = 1.5
"""Seconds that a server may take to the first event of an answer, where it was not seen to need more."""

NEXT_SECONDS = 1.0
"""The same from each event to the next."""

MAX_FIRST_SECONDS = 10.0
"""Seconds to the first event that a slow server may take at the most, unless the user says otherwise."""

MARGIN = 2.5
"""The seconds allowed, as a multiple of those that were measured."""

_FILLER = "{number} boats lay in the old harbour, and the last of them came home when it was dark. "


@dataclass(frozen=True, slots=True)
class TimeAllowed:
    """The seconds that a server may take to the first event of an answer, and from each to the next."""

    first: float
    following: float


class ServerPace:
    """The pace of one server: `base` is the time that it is allowed at first, `most` to a first event ever.

    `seconds` is the longest time to a first event that was seen of late, 0.0 for none. Used by the engine's
    thread, and by that of a health check while nothing is asked.
    """

    def __init__(self, base: TimeAllowed | None = None, most: float = 0.0) -> None:
        self._base = base or TimeAllowed(FIRST_SECONDS, NEXT_SECONDS)
        self.most = max(most, self._base.first)
        self.seconds = 0.0
        self._late = 0
        self.late_bytes = 0
        """The bytes of the longest text whose answer came too late; 0 once it was seen to come in time."""

    @property
    def allowed(self) -> TimeAllowed:
        """What the server may take now."""
        first = max(self._base.first, MARGIN * self.seconds, self._base.first * 2.0 ** max(0, self._late - 1))
        first = min(first, self.most)
        return TimeAllowed(first, self._base.following * first / self._base.first)

    @property
    def is_slow(self) -> bool:
        """Whether the server needs more than `base`."""
        return self.seconds > self._base.first

    @property
    def is_too_slow(self) -> bool:
        """Whether the server needs more than it can be allowed."""
        return self.seconds > self.most

    def came(self, seconds: float) -> None:
        """Note an answer whose first event came after `seconds`."""
        self.seconds = max(self.seconds, seconds)

    def completed(self) -> None:
        """Note that an answer came to its end in time."""
        self._late = 0

    def was_late(self, text: str) -> None:
        """Note that the answer to `text` came too late. The second time in succession more is allowed."""
        self._late = min(self._late + 1, 30)
        self.late_bytes = max(self.late_bytes, len(text.encode("utf-8", "replace")))

    def measured(self, first: float, following: float) -> None:
        """Note the seconds to a first event, and the longest to another one, of a text of `late_bytes`."""
        self.seconds = max(first, following * self._base.first / self._base.following)
        if not self.is_too_slow:
            self.late_bytes = 0


def filler(size: int, number: int) -> str:
    """A text of about `size` bytes, nothing of the user's, for which a server takes as long as for theirs.

    It differs with `number`, so that no server remembers its beginning.
    """
    count = size // (len(_FILLER) - len("{number}")) + 1
    return "".join(_FILLER.format(number=number + line) for line in range(count))[:size].rstrip()
