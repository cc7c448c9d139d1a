"""Errors put into good texts: slips of the fingers, doubled words, lost capitals, articles, homophones."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.benchmarks.models import SHARED
from writer.suggestions.corrections.confusable_words import ConfusableWords
from writer.suggestions.corrections.slips import NEIGHBOURS
from writer.suggestions.corrections.suspects import Kind

TEXTS = SHARED / "en_mtlynch" / "text"
_PROSE = re.compile(r"[A-Z“\"][^\n\t{}<>|`_*#=\[\]]{80,900}[.!?]")
_WORD = re.compile(r"(?<=[ ])[A-Za-z]{2,}(?:['’][a-z]+)?(?=[ ,.;:?!])")


@dataclass(frozen=True, slots=True)
class Error:
    """`wrong` stands behind `before` instead of `right`; `afters` are what is typed then, word by word."""

    kind: Kind
    before: str
    right: str
    wrong: str
    afters: tuple[str, ...]


def clean_texts() -> Iterator[str]:
    """The paragraphs of prose of each document, later than July 2025."""
    for file in sorted(TEXTS.glob("*.txt")):
        if file.name >= "2025-07":
            paragraphs = _PROSE.findall(file.read_text("utf-8", "replace"))
            if len(paragraphs) > 4:
                yield "\n\n".join(paragraphs)


def errors_in(
    texts: Iterator[str], count: int, words: ConfusableWords, is_unknown: Callable[[str], bool]
) -> Iterator[Error]:
    """`count` errors at random places, of the kinds in turn; half of them are slips of the fingers."""
    chance = random.Random(24)
    documents = list(texts)
    kinds = [Kind.TYPO, Kind.SOUND, Kind.TYPO, Kind.ARTICLE, Kind.TYPO, Kind.DOUBLED, Kind.TYPO, Kind.CAPITAL]
    made = 0
    while made < count:
        text = chance.choice(documents)
        kind = kinds[made % len(kinds)]
        places = [
            (found, wrong)
            for found in chance.sample(list(_WORD.finditer(text)), 60)
            if (wrong := _wrong(kind, found, text, words, is_unknown, chance)) is not None
        ]
        if places:
            found, wrong = places[0]
            made += 1
            following = re.findall(r"\W+\w+", text[found.end() : found.end() + 80])[:2]
            afters = (text[found.end()], *("".join(following[: n + 1]) + " " for n in range(len(following))))
            yield Error(kind, text[: found.start()], found.group(), wrong, afters)


def _wrong(
    kind: Kind,
    found: re.Match[str],
    text: str,
    words: ConfusableWords,
    is_unknown: Callable[[str], bool],
    chance: random.Random,
) -> str | None:
    """The word with an error of `kind`, None where it can have none."""
    word = found.group()
    if kind == Kind.DOUBLED:
        return f"{word} {word}" if len(word) < 5 and word.islower() else None
    if kind == Kind.CAPITAL:
        begins = word[0].isupper() and text[found.start() - 2] in ".!?"
        return word.lower() if begins or word == "I" else None
    if kind == Kind.ARTICLE:
        return {"a": "an", "an": "a"}.get(word)
    if kind == Kind.SOUND:
        others = words.by_sound(word, "")
        return chance.choice(others) if others else None
    slipped = _slip(word, chance)
    return slipped if word.islower() and len(word) > 2 and is_unknown(slipped) else None


def _slip(word: str, chance: random.Random) -> str:
    """A word with one slip of the fingers, behind its first letter."""
    at = chance.randrange(1, len(word))
    way = chance.randrange(4)
    if way == 0:
        return word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
    if way == 1:
        return word[:at] + word[at + 1 :]
    key = chance.choice(NEIGHBOURS.get(word[at], "e"))
    return word[:at] + key + word[at + (way == 2) :]
