"""Variants of suggestions, such as two models or two levels of the setting, replayed on the same passages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from writer.evaluation.cached_suggester import CachedSuggester
from writer.evaluation.documents import Passage
from writer.evaluation.recorded_pace import RecordedPace
from writer.evaluation.simulated_typist import ReplayStep, replay
from writer.suggestions.builder import BuilderRules


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant: its name, and the suggester and the rules that it is replayed with."""

    name: str
    suggester: CachedSuggester
    rules: BuilderRules


def replay_variants(
    passages: Sequence[Passage],
    variants: Sequence[Variant],
    progress: Callable[[int], None] | None = None,
    pace: RecordedPace | None = None,
    *,
    alternate: bool = False,
) -> tuple[dict[str, dict[Passage, list[ReplayStep]]], Sequence[Passage]]:
    """The steps by variant and passage, and the passages; on Ctrl+C those that are complete, if any are.

    All variants replay a passage before the next one, so that they have the same ones. `alternate`: each is
    the first at a passage in turn, so that a machine which gets slower counts for none.
    """
    runs: dict[str, dict[Passage, list[ReplayStep]]] = {variant.name: {} for variant in variants}
    for count, passage in enumerate(passages):
        turn = count % len(variants) if alternate else 0
        try:
            found = {
                one.name: list(replay(passage, one.suggester, one.rules, progress, pace))
                for one in (*variants[turn:], *variants[:turn])
            }
        except KeyboardInterrupt:
            if not count:
                raise
            return runs, passages[:count]
        for name, steps in found.items():
            runs[name][passage] = steps
    return runs, passages
