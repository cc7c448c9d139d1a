"""The gate that decides how much of an answer is shown, by the time that it is expected to save.

A suggestion costs the time to read it, and more where it is wrong; where it is right it saves the keys of its
word, but for the one that accepts it. A first word is shown where its probability times those keys exceeds
the costs, which are counted in keys at the pace of the writer. So a long word is shown earlier than a short
one, and one of two letters hardly ever.

Each further word must raise the expected keystroke savings: one key accepts all words if all are right; if
one is wrong, each right word costs a key of its own. Of a server that tells no probabilities the words are
unknown: they pass as they are, and few of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from writer.suggestions.taking_model import UNLEARNED, Leaning
from writer.text.characters import is_han

MAX_UNKNOWN_WORDS = 3
"""Words of a suggestion whose probabilities are unknown."""

USUAL_INTERVAL = 0.2
"""Seconds between two keys at 60 words a minute, for which the costs of the levels were chosen."""

_HAN_KEYS = 3
"""Keys for a Chinese character: the letters of its pinyin, on average."""

_LONGEST = 12
"""Keys that a long word saves."""

_EXTENDED = 0.75
"""The share of the floor of a first word that all words so far must reach together for a further one, which
takes as long to find and is hardly ever taken behind less likely ones."""

_MOST_WORDS = 8
"""Words of a suggestion behind which the engine searches further ones with the same floor."""


def saved_keys(text: str) -> int:
    """The keys that typing `text` takes, less the one that accepts it.

    A single Chinese character saves none: what is composed before it would have to be chosen first.
    """
    han = sum(map(is_han, text))
    return len(text) - han + (_HAN_KEYS * han if han > 1 else han) - 1


def is_judged_alone(text: str, first: bool) -> bool:
    """Whether the gate surely judges `text`, one word of an answer, as one word, not with the one behind it.

    Chinese is put together from several; a `first` word that saves no keys may wait for the next one.
    """
    return bool(text.strip()) and not is_han(text[-1]) and not (first and saved_keys(text) <= 0)


@dataclass(frozen=True, slots=True)
class ConfidenceGate:
    """A gate with the least probabilities, between 0 and 1, of a first word and of a further one.

    Reading a suggestion takes the time of `reading` keys, and one that is wrong costs that of `wrong` more.
    `leaning` is what was learned of the person.
    """

    floor: float = 0.0
    next_floor: float = 0.0
    reading: float = 0.0
    wrong: float = 0.0
    leaning: Leaning = UNLEARNED

    @property
    def least(self) -> float:
        """The probability below which no first word is shown, however long it is."""
        return min(self.threshold(0, keys) for keys in range(1, _LONGEST + 1))

    @property
    def next_floors(self) -> tuple[float, ...]:
        """The probabilities below which no second, third and further word is shown; the last for the rest."""
        return tuple(self.threshold(words, _LONGEST) for words in range(1, _MOST_WORDS))

    @property
    def least_extended(self) -> float:
        """The probability, as claimed, of all words so far together below which no further one is wanted."""
        return _EXTENDED * self.floor

    def at_pace(self, interval: float) -> ConfidenceGate:
        """The gate for a key every `interval` seconds: the slower, the fewer keys reading takes."""
        keys = min(1.5, max(0.5, USUAL_INTERVAL / max(interval, 0.01)))
        return replace(self, reading=self.reading * keys, wrong=self.wrong * keys)

    def allows(self, words: int, probability: float | None, threshold: float) -> bool:
        """Whether a word of this probability is shown behind `words` words; None is unknown."""
        return words < MAX_UNKNOWN_WORDS if probability is None else probability >= threshold

    def threshold(self, words: int, keys: int) -> float:
        """The least probability of a word that saves so many keys behind `words` shown words.

        Above 1 where such a word saves less time than reading it takes, however sure it is.
        A right word more saves the key that would accept it alone. A wrong one makes the others cost one key
        each and not one together, so extending pays above (words - 1) / words.
        """
        if words:
            return max(self.next_floor, (words - 1) / words)
        gain = keys + self.wrong
        costs = self.reading + self.wrong
        worth = costs / gain if gain > 0 else 2.0 * (costs > 0)
        return max(self.floor, self.leaning.moved(worth, keys))


@dataclass(frozen=True, slots=True)
class GateLevel:
    """One level of the setting: its name, its gate, and the measured precision of first words."""

    name: str
    gate: ConfidenceGate
    precision: float


LEVELS = (
    GateLevel("sure", ConfidenceGate(0.85, 0.15, 0.5, 0.5), 0.92),
    GateLevel("careful", ConfidenceGate(0.7, 0.15, 0.5, 0.5), 0.80),
    GateLevel("balanced", ConfidenceGate(0.46, 0.15, 0.5, 0.3), 0.67),
    GateLevel("often", ConfidenceGate(0.25, 0.05, 0.25), 0.50),
    GateLevel("always", ConfidenceGate(), 0.37),
)
"""The levels of the setting, strictest first. The precisions are those of the first words of suggestions that
have just appeared, with the starter, on texts of another date than those that its metrics are reported on.

With MiniMind2 Small the same levels gave 0.77, 0.66, 0.58, 0.42 and 0.18 on 1,700 Chinese characters."""

DEFAULT_LEVEL = "balanced"


def level_named(name: str) -> GateLevel:
    """The level of this name; the default level where there is none."""
    by_name = {one.name: one for one in LEVELS}
    return by_name.get(name, by_name[DEFAULT_LEVEL])
