"""When a suggestion is shown, and how long it is: by the probability of its words, one after the other.

A word's probability counts every way to go on, so it says how often such a word is right. The first word
must be likelier than the writer's setting asks. Each further word must be worth the risk: accepting all
with one key is lost when one of them is wrong, and then each right word costs a key of its own.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConfidenceGate:
    """`floor` is the least probability of the first word at which a suggestion is shown."""

    floor: float = 0.0

    def shows(self, probability: float) -> bool:
        """Whether a suggestion may begin with a word of this probability."""
        return probability >= self.floor

    def extends(self, words: int, probability: float) -> bool:
        """Whether a suggestion of `words` words gains by one more, right with `probability`.

        Right, it saves the key that would ask for it alone. Wrong, the others cost one key each instead of
        one together: worth it above (words - 1) / words.
        """
        return probability >= self.needed(words)

    def needed(self, words: int) -> float:
        """The least probability of the word behind `words` that are shown already."""
        return max(self.floor, (words - 1) / words) if words else self.floor


@dataclass(frozen=True, slots=True)
class GateLevel:
    """One position of the setting: its name, its gate, and the share of first words that were right there."""

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
"""From "only when sure" to "whatever there is". The precisions were measured with the starter by
`writer evaluate`, on texts of another date than those that its figures are reported on.

With MiniMind2 Small the same floors gave 0.74, 0.67, 0.59, 0.40 and 0.24 of first words right, before the
filters, on 3,000 Chinese characters; a floor of 0.9 and more gave less."""

DEFAULT_LEVEL = "balanced"


def level(name: str) -> GateLevel:
    """The level of that name, or the default one."""
    by_name = {one.name: one for one in LEVELS}
    return by_name.get(name, by_name[DEFAULT_LEVEL])
