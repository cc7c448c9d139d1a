"""A simulated typist that replays a text with suggestions, accepts what is correct and types the rest.

One key accepts the whole suggestion if all of it is correct, one key accepts its next word if that is
correct, and everything else is typed. A word is correct if the text continues with it and ends it at the same
position.

A suggestion stays as in the window: typing along shortens it, typing anything else dismisses it, and its rest
stays after its first word is accepted. The back-off on rejections is left out, so that a level is measured as
it is. Chinese that is being composed is chosen before a suggestion is accepted, which takes a keystroke more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from writer.evaluation.arriving_ghost import ArrivingGhost
from writer.evaluation.cached_suggester import CachedSuggester, TimedSuggestion
from writer.evaluation.documents import Passage
from writer.evaluation.keystrokes import keystrokes_for, next_input_unit
from writer.evaluation.recorded_pace import RecordedPace
from writer.suggestions.builder import BuilderRules
from writer.suggestions.context import Context, window_start
from writer.suggestions.suggestion import Suggestion
from writer.suggestions.typing_pace import TypingPace
from writer.text.language import language_of
from writer.text.words import splits_word, word_around, words

MATCHED_WORDS = 3
"""The most words of a suggestion that are compared with the text."""

_LONGEST_WORD = 64
"""Characters before the cursor in which the word that it stands in begins."""


@dataclass(frozen=True, slots=True)
class ReplayStep:
    """One step of a replay at the position `cursor`: the suggestion shown there, and what was written.

    `shown`: there was a suggestion; `correct`: its first word was correct; `fresh`: it was requested at this
    step; `within_word`: the cursor was within a word. `confidence` is the probability of its first word.
    `matched` of its first `offered` words were correct (both at most `MATCHED_WORDS`). `written` characters
    took `keystrokes`, and would have taken `manual_keystrokes` without suggestions; `accepted` of them were
    accepted. `milliseconds` is the latency of a fresh suggestion and `cpu_seconds` what it took, `reason` why
    none was shown.
    `composing`: Chinese was typed of which the characters are not chosen yet.
    `refused`: the suggestion ended with this step, and nothing of it had been accepted. `typed_letters` of
    the word that it completes stood before the cursor, 0 where it begins a word.
    """

    cursor: int
    shown: bool
    correct: bool
    fresh: bool
    within_word: bool
    confidence: float
    offered: int
    matched: int
    accepted: int
    written: int
    keystrokes: int
    manual_keystrokes: int
    milliseconds: float | None
    reason: str = ""
    refused: bool = False
    typed_letters: int = 0
    composing: bool = False
    cpu_seconds: float = 0.0


def replay(
    passage: Passage,
    suggester: CachedSuggester,
    rules: BuilderRules,
    progress: Callable[[int], None] | None = None,
    pace: RecordedPace | None = None,
) -> Iterator[ReplayStep]:
    """Replay `passage` with suggestions, a step for each key; `progress` gets the characters of each.

    With a `pace`, answers arrive when they would arrive, and what comes too late does not help; the gate is
    that of the pace, too, as in the window.
    """
    cursor, ghost, composing = passage.start, None, False
    learned = TypingPace()
    while cursor < passage.end:
        fresh = ghost is None
        if ghost is None:
            asked = rules
            if pace:
                asked = replace(rules, gate=rules.gate.at_pace(learned.interval))
            delay = learned.delay() if pace else 0.0
            ghost = ArrivingGhost(suggester.suggest(context_at(passage, cursor), asked), delay)
        if pace:
            pause = pace.pause(passage.name, cursor)
            ghost.wait(pause)
            learned = _learned(learned, pause, ghost.timed if fresh else None)
        shown = ghost.visible()
        step = _step(passage.text, cursor, shown, ghost.timed if fresh else None, composing)
        composing = step.composing
        ghost.write(passage.text[cursor : cursor + step.written], step.accepted > 0)
        over = not ghost.goes_on(shown)
        yield replace(step, refused=over and ghost.refused)
        if over:
            ghost = None
        cursor += step.written
        if progress:
            progress(step.written)


def _learned(learned: TypingPace, pause: float, timed: TimedSuggestion | None) -> TypingPace:
    """The window's averages after a key and the answer before it; what the key cancelled tells nothing."""
    first = timed.first_seconds if timed else None
    if first is not None and first <= pause:
        learned = learned.after_answer(first)
    return learned.after_key(pause)


def context_at(passage: Passage, cursor: int) -> Context:
    """The context at `cursor`, as if the text ended there."""
    before = passage.text[window_start(cursor) : cursor]
    return Context(before, "", language_of(before), title=passage.title, document=passage.name)


def matching_words(ghost: str, text: str, cursor: int) -> list[str]:
    """The first words of the suggestion `ghost` that `text` continues with at `cursor`."""
    found: list[str] = []
    for word in words(ghost):
        end = cursor + len(word)
        if text[cursor:end] != word or splits_word(word, text[end : end + 2]):
            break
        found.append(word)
        cursor = end
    return found


def _step(
    text: str, cursor: int, ghost: Suggestion, timed: TimedSuggestion | None, composing: bool
) -> ReplayStep:
    all_words = list(words(ghost.text))
    matching = matching_words(ghost.text, text, cursor)
    if matching:
        written = ghost.text if len(matching) == len(all_words) else matching[0]
        keystrokes, composing = 1 + composing, False
    else:
        unit = next_input_unit(text, cursor)
        written, keystrokes, composing = unit.text, unit.keystrokes, unit.composing
    return ReplayStep(
        cursor=cursor,
        shown=bool(ghost.text),
        correct=bool(matching),
        fresh=timed is not None,
        within_word=splits_word(text[:cursor][-1:], text[cursor : cursor + 2]),
        confidence=ghost.confidence,
        offered=min(len(all_words), MATCHED_WORDS),
        matched=min(len(matching), MATCHED_WORDS),
        accepted=len(written) if matching else 0,
        written=len(written),
        keystrokes=keystrokes,
        manual_keystrokes=keystrokes_for(text, cursor, cursor + len(written)),
        milliseconds=timed.milliseconds if timed else None,
        reason=str(ghost.reason),
        cpu_seconds=timed.cpu_seconds if timed else 0.0,
        composing=composing,
        typed_letters=_typed_letters(text[max(0, cursor - _LONGEST_WORD) : cursor], ghost.text),
    )


def _typed_letters(before: str, ghost: str) -> int:
    """The letters at the end of `before` that belong to the word which `ghost` completes."""
    if not splits_word(before, ghost):
        return 0
    start, _ = word_around(before, len(before))
    return len(before) - start
