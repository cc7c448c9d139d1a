"""The candidates for a suspect: the texts that may have been meant, each with what the slip costs.

They come from Hunspell's suggestions, from the words one slip away that a dictionary has, from a list of
usual misspellings, and from the words of the document itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from writer.suggestions.corrections.confusable_words import ConfusableWords
from writer.suggestions.corrections.slips import SPACE, one_slip_away, slip_cost
from writer.suggestions.corrections.suspects import Kind, Suspect

MAX_CANDIDATES = 8
"""The most texts that a model compares with what was written."""

MAX_COST = 13.0
"""The highest cost of a candidate, in nats: two usual slips, or three cheap ones."""

CONFUSED = 4.0
"""The cost of a word that sounds like another, of the wrong article, and of a word written twice."""

MISSPELT = -7.0
"""The cost of a usual misspelling. It is negative because these are no words, and models have read them so
often that they find them nearly as likely as what is meant."""

_SPELLINGS = (
    *(("ise", "ize"), ("isa", "iza"), ("isi", "izi"), ("yse", "yze"), ("ysi", "yzi"), ("our", "or")),
    *(
        ("re", "er"),
        ("ae", "e"),
        ("oe", "e"),
        ("ogue", "og"),
        ("ence", "ense"),
        ("eable", "able"),
        ("ll", "l"),
    ),
)
"""Letters that stand for one another in the spellings of two regions."""

_VOWELS = re.compile(r"[aeiouy]+")
"""Those of one syllable: only after a second one do regions double an l differently."""

_DOUBLED_L = re.compile(r"(?:ed|ing|er|ers|or|ors|est|ful|ment|ments|able)\Z")
_DOUBLED = re.compile(
    r"(?:benefi[t]{1,2}|focus{1,2}|bias{1,2}|worship{1,2}|kidnap{1,2}|combat{1,2})(?:ed|ing|ers?)\Z"
)


@dataclass(frozen=True, slots=True)
class MeantWord:
    """A text in place of a suspect's, and the cost of the slip, in nats; 0.0 for what was written."""

    text: str
    cost: float = 0.0


def words_to_look_up(word: str) -> list[str]:
    """The strings one slip away from `word`, its halves, and it with a capital, to be looked up."""
    lower = word.lower()
    halves = [part for i in range(1, len(lower)) for part in (lower[:i], lower[i:])]
    return list(dict.fromkeys((*one_slip_away(lower), *halves, lower.capitalize())))


def needs_suggestions(word: str, known: Collection[str]) -> bool:
    """Whether no word in `known` is one slip away from `word`, and Hunspell is asked, which takes long."""
    lower = word.lower()
    return lower.capitalize() not in known and not any(text in known for text in one_slip_away(lower))


def candidates(
    suspect: Suspect,
    words: ConfusableWords,
    suggested: Collection[str] = (),
    known: Collection[str] = (),
    own_words: Mapping[str, int] | None = None,
) -> list[MeantWord]:
    """What may have been meant, the cheapest first; the text as written is not among them.

    For a typo `suggested` are Hunspell's suggestions, `known` those of `words_to_look_up` that the dictionary
    has, and `own_words` how often the document has its words. Empty where the written form is a spelling of
    another region.
    """
    written = suspect.written.replace("’", "'")
    if suspect.kind == Kind.TYPO:
        found = _typo_candidates(written, words, suggested, known, own_words or {})
    else:
        found = {text: _cost(suspect.kind, written, text) for text in _other_forms(suspect, written, words)}
    cased: dict[str, float] = {}
    for text, cost in found.items():
        shown = _as_written(text, suspect)
        if shown != suspect.written and cost <= MAX_COST:
            cased[shown] = min(cost, cased.get(shown, cost))
    ordered = sorted(cased.items(), key=lambda item: item[1])
    return [MeantWord(text, cost) for text, cost in ordered[:MAX_CANDIDATES]]


def _other_forms(suspect: Suspect, written: str, words: ConfusableWords) -> Iterable[str]:
    """The other forms for every kind but a typo."""
    lower = written.lower()
    if suspect.kind == Kind.SOUND:
        return words.by_sound(lower, suspect.previous)
    if suspect.kind == Kind.SLIP:
        return words.by_slip(lower)
    if suspect.kind == Kind.ARTICLE:
        return ("an" if lower == "a" else "a",)
    if suspect.kind == Kind.DOUBLED:
        return (written.split()[0],)
    return (written[0].upper() + written[1:].lower(),)


def _cost(kind: Kind, written: str, text: str) -> float:
    return CONFUSED if kind in (Kind.SOUND, Kind.ARTICLE, Kind.DOUBLED) else slip_cost(written, text)


def _typo_candidates(
    written: str,
    words: ConfusableWords,
    suggested: Collection[str],
    known: Collection[str],
    own_words: Mapping[str, int],
) -> dict[str, float]:
    known = set(known)
    lower = written.lower()
    close = {text for text in (*one_slip_away(lower), lower.capitalize()) if text in known}
    own = {word for word, count in own_words.items() if count > 1 and abs(len(word) - len(written)) < 3}
    texts = {text.replace("’", "'") for text in (*suggested, *close, *own)}
    meant = words.misspelt(lower)
    if not meant and any(is_other_spelling(lower, text.lower()) for text in texts):
        return {}
    texts = {
        text for text in texts if "-" not in text and not any(map(words.is_unusual, text.lower().split()))
    }
    found = {text: slip_cost(written, text) for text in texts}
    for i in range(1, len(lower)):
        left, right = lower[:i], lower[i:]
        if {left, right} <= known and not (words.is_unusual(left) or words.is_unusual(right)):
            found[f"{left} {right}"] = SPACE
    if meant:
        found[meant] = MISSPELT
    return found


def is_other_spelling(word: str, other: str) -> bool:
    """Whether two words in lower case are one in two regions: colour and color, travelled and traveled."""
    if _DOUBLED.match(word) and _DOUBLED.match(other):
        return word[:4] == other[:4]
    for first, second in _SPELLINGS:
        for here, there in ((first, second), (second, first)):
            at = word.find(here, 2)
            while at >= 0:
                if word[:at] + there + word[at + len(here) :] == other and _may_vary(word, at, here, there):
                    return True
                at = word.find(here, at + 1)
    return False


def _may_vary(word: str, at: int, here: str, there: str) -> bool:
    """Whether these letters differ by region at this place: -re at the end, a doubled l before an ending."""
    rest = word[at + len(here) :]
    if {here, there} == {"re", "er"}:
        return rest in ("", "s") and word[at - 1] in "tbph"
    if {here, there} == {"ll", "l"}:
        return _DOUBLED_L.match(rest) is not None and len(_VOWELS.findall(word[:at])) > 1
    return True


def _as_written(text: str, suspect: Suspect) -> str:
    """A candidate with the capital and the apostrophe of what was written."""
    written = suspect.written
    if suspect.kind != Kind.CAPITAL and written[:1].isupper() and text[:1].islower():
        text = text[:1].upper() + text[1:]
    if suspect.kind != Kind.CAPITAL and len(written) > 1 and written.isupper():
        text = text.upper()
    return (
        text.replace("'", "’")
        if "’" in suspect.before[-2000:] and "'" not in suspect.before[-2000:]
        else text
    )
