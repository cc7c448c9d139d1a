"""The provenance of a suggestion: its request, and the decisions of gate and filters."""

from __future__ import annotations

from dataclasses import dataclass

from writer.suggestions.builder import WordDecision
from writer.suggestions.context import Context


@dataclass(frozen=True, slots=True)
class SuggestionProvenance:
    """A question and its answer so far.

    `floor` is the least probability that a first word had to have; `raised`: refusals have raised it;
    `asked`: the writer wanted whatever there is. `typed` was written since, as the answer has it.
    """

    context: Context
    branch: int = 0
    floor: float = 0.0
    raised: bool = False
    asked: bool = False
    decisions: tuple[WordDecision, ...] = ()
    typed: str = ""
