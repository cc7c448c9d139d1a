"""Which tokens can begin a word or go on with one: the table behind the choice of words."""

from __future__ import annotations

import re

import numpy as np

from writer.engine.tokenizer.vocabulary import Ids, Vocabulary
from writer.engine.weights.safetensors_reader import Floats
from writer.text.language import Language

_LATIN = rb"(?:[A-Za-z]|[\xc3-\xc9][\x80-\xbf])"
_HAN = rb"(?:[\xe4-\xe9][\x80-\xbf]{2}|\xe3[\x90-\xbf][\x80-\xbf])"
_WORD: dict[Language, re.Pattern[bytes]] = {
    "en": re.compile(rb" ?" + _LATIN + rb"+"),
    "zh": re.compile(rb" ?" + _HAN + rb"{1,4}"),
}


class WordTokens:
    """Sorts out a vocabulary once for each language, when it is first asked about it."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._known: dict[Language, tuple[Ids, Ids]] = {}

    def beginning(self, language: Language, lead: bytes, anywhere: bool) -> Ids:
        """Tokens that begin a word behind a text from which the space `lead` (b" " or b"") was taken off.

        `anywhere`: at the beginning of a text, tokens with a space and without one will do.
        """
        bare, spaced = self._sorted(language)
        if anywhere:
            return np.concatenate([bare, spaced])
        return spaced if lead and language == "en" else bare

    def onward(self, language: Language) -> Ids:
        """Tokens that go on with a word."""
        return self._sorted(language)[0]

    def _sorted(self, language: Language) -> tuple[Ids, Ids]:
        """The tokens of letters alone, and those with a space before them."""
        known = self._known.get(language)
        if known is None:
            pieces, word = self._vocabulary.pieces, _WORD[language]
            found = [i for i in self._vocabulary.allowed.tolist() if word.fullmatch(pieces[i])]
            if language == "zh":
                found = [i for i in found if self._stands_alone(i)]
            bare = [i for i in found if pieces[i][:1] != b" "]
            spaced = [i for i in found if pieces[i][:1] == b" "]
            known = self._known[language] = np.array(bare, np.int64), np.array(spaced, np.int64)
        return known

    def _stands_alone(self, i: int) -> bool:
        """Whether Han is written with this token: WordPiece has another one, "##天", which never is."""
        return self._vocabulary.id_of(self._vocabulary.pieces[i].decode()) in (None, i)


def best(scores: Floats, allowed: Ids, count: int) -> list[int]:
    """The `count` likeliest of `allowed`, likeliest first."""
    if len(allowed) > count:
        allowed = allowed[np.argpartition(scores[allowed], -count)[-count:]]
    chosen: list[int] = allowed[np.argsort(-scores[allowed], kind="stable")].tolist()
    return chosen
