"""The ideal user: accepts what is right, types the rest, and is never in doubt.

Tab takes the whole suggestion if all of it is right, Ctrl+Right takes its next word if that is right, and
anything else is typed. A word is right if the text goes on with it and ends it at the same place.

What is shown stays as it does in the window: typed along it gets shorter, typed past it is gone, and its rest
stays when its first word is taken. Only the window's habit of asking for more certainty after many refusals
is left out, so that a setting is measured as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from writer.evaluation.cached_suggester import CachedSuggester, TimedSuggestion
from writer.evaluation.documents import Passage
from writer.evaluation.keystrokes import next_stroke
from writer.suggestions.builder import BuilderRules
from writer.suggestions.context import Context, window_start
from writer.suggestions.suggestion import Suggestion
from writer.text.language import language_of
from writer.text.words import splits_word, words

MATCHED_WORDS = 3
"""How many first words of a suggestion are compared with the text."""


@dataclass(frozen=True, slots=True)
class ReplayStep:
    """What happened at one place of the text: what was shown, and what one key did.

    `place` is the cursor. `shown` says that a suggestion stood there, `right` that its first word was right,
    `confidence` how sure the engine was of it, `fresh` that it had just been asked for. `matched` is how many
    words of a fresh suggestion of `offered` words were right (both at most MATCHED_WORDS). `written`
    characters came from `keys` keys; by hand they would have taken `keys_by_hand`. `reason`: why nothing was
    shown.
    """

    place: int
    shown: bool
    right: bool
    fresh: bool
    within_word: bool
    confidence: float
    offered: int
    matched: int
    accepted: int
    written: int
    keys: int
    keys_by_hand: int
    milliseconds: float | None
    reason: str = ""


def replay(
    passage: Passage,
    suggester: CachedSuggester,
    rules: BuilderRules,
    progress: Callable[[int], None] | None = None,
) -> Iterator[ReplayStep]:
    """Type the stretch with suggestions; one step for each key. `progress` hears of characters written."""
    cursor, ghost = passage.start, Suggestion()
    while cursor < passage.end:
        asked: TimedSuggestion | None = None
        if not ghost.text:
            asked = suggester.ask(context_at(passage, cursor), rules)
            ghost = asked.suggestion
        step = _step(passage.text, cursor, ghost, asked)
        yield step
        typed = passage.text[cursor : cursor + step.written]
        ghost = ghost.advance(typed, 0) or Suggestion()
        cursor += step.written
        if progress:
            progress(step.written)


def context_at(passage: Passage, cursor: int) -> Context:
    """What the engine is told at `cursor`, where the text ends for the moment."""
    before = passage.text[window_start(cursor) : cursor]
    return Context(before, "", language_of(before), title=passage.title, document=passage.name)


def right_words(ghost: str, text: str, cursor: int) -> list[str]:
    """The first words of `ghost` that `text` goes on with at `cursor`."""
    found: list[str] = []
    for word in words(ghost):
        end = cursor + len(word)
        if text[cursor:end] != word or splits_word(word, text[end : end + 2]):
            break
        found.append(word)
        cursor = end
    return found


def _step(text: str, cursor: int, ghost: Suggestion, asked: TimedSuggestion | None) -> ReplayStep:
    all_words = list(words(ghost.text))
    good = right_words(ghost.text, text, cursor)
    keys = 1
    if good:
        written = ghost.text if len(good) == len(all_words) else good[0]
    else:
        stroke = next_stroke(text, cursor)
        written, keys = stroke.text, stroke.keys
    return ReplayStep(
        place=cursor,
        shown=bool(ghost.text),
        right=bool(good),
        fresh=asked is not None,
        within_word=splits_word(text[:cursor][-1:], text[cursor : cursor + 2]),
        confidence=ghost.confidence,
        offered=min(len(all_words), MATCHED_WORDS),
        matched=min(len(good), MATCHED_WORDS),
        accepted=len(written) if good else 0,
        written=len(written),
        keys=keys,
        keys_by_hand=_by_hand(text, cursor, written),
        milliseconds=asked.milliseconds if asked else None,
        reason=ghost.reason,
    )


def _by_hand(text: str, cursor: int, written: str) -> int:
    """The keys that `written` takes when typed at `cursor`, a word of an input method at a time."""
    keys, place, end = 0, cursor, cursor + len(written)
    while place < end:
        stroke = next_stroke(text[:end], place)
        keys += stroke.keys
        place += len(stroke.text)
    return keys
