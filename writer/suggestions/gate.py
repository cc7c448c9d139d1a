"""The gate that decides how much of an answer is shown, by the probabilities of its words.

A word's probability is over all continuations, so it estimates how often such a word is right. The first word
must reach the floor of the user's setting. Each further word must raise the expected keystroke savings: one
key accepts all words if all are right; if one is wrong, each right word costs a key of its own. Of a server
that tells no probabilities the words are unknown: they pass as they are, and few of them.
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_UNKNOWN_WORDS = 3
"""Words of a suggestion whose probabilities are unknown."""


@dataclass(frozen=True, slots=True)
class ConfidenceGate:
    """A gate whose `floor`, between 0 and 1, is the least probability of a first word that is shown."""

    floor: float = 0.0

    def allows_first(self, probability: float | None) -> bool:
        """Whether a first word of this probability is shown; None is unknown."""
        return probability is None or probability >= self.floor

    def allows_next(self, words: int, probability: float | None) -> bool:
        """Whether a suggestion of `words` words is extended by one of this probability; None is unknown.

        A right word saves the key that would accept it alone. A wrong one makes the others cost one key each
        and not one together, so extending pays above (words - 1) / words.
        """
        return words < MAX_UNKNOWN_WORDS if probability is None else probability >= self.threshold(words)

    def threshold(self, words: int) -> float:
        """The least probability of the word that follows `words` shown words."""
        return max(self.floor, (words - 1) / words) if words else self.floor


@dataclass(frozen=True, slots=True)
class GateLevel:
    """One level of the setting: its name, its gate, and the measured precision of first words."""

    name: str
    gate: ConfidenceGate
    precision: float


LEVELS = (
    GateLevel("sure", ConfidenceGate(0.8), 0.80),
    GateLevel("careful", ConfidenceGate(0.6), 0.66),
    GateLevel("balanced", ConfidenceGate(0.4), 0.48),
    GateLevel("often", ConfidenceGate(0.2), 0.32),
    GateLevel("always", ConfidenceGate(0.0), 0.22),
)
"""The levels of the setting, strictest first. The precisions were measured with the starter by
`writer evaluate`, on texts of another date than those that its metrics are reported on.

With MiniMind2 Small the same floors gave a precision of 0.74, 0.67, 0.59, 0.40 and 0.24 before the filters,
on 3,000 Chinese characters; a floor of 0.9 and more gave less."""

DEFAULT_LEVEL = "balanced"


def level_named(name: str) -> GateLevel:
    """The level of this name; the default level where there is none."""
    by_name = {one.name: one for one in LEVELS}
    return by_name.get(name, by_name[DEFAULT_LEVEL])
