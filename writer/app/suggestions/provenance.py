"""The provenance of a suggestion: its request, and the decisions of gate and filters."""

from __future__ import annotations

from dataclasses import dataclass

from writer.suggestions.builder import WordDecision
from writer.suggestions.context import Context


@dataclass(frozen=True, slots=True)
class SuggestionProvenance:
    """The request and the decisions that led to a suggestion, or to none.

    `floor` is the least probability of a first word, `raised` whether rejections raised it above the level's.
    `explicit`: the user requested the suggestion by key. `typed` is the part of the answer typed since.
    """

    context: Context
    branch: int = 0
    floor: float = 0.0
    raised: bool = False
    explicit: bool = False
    decisions: tuple[WordDecision, ...] = ()
    typed: str = ""
