"""The tokens of a vocabulary that can begin or continue a word of a language, for infilling."""

from __future__ import annotations

import re

import numpy as np

from writer.engine.tokenizer.vocabulary import Ids, Vocabulary
from writer.engine.weights.weights import Floats
from writer.text.language import Language

_LATIN = rb"(?:[A-Za-z]|[\xc3-\xc9][\x80-\xbf])"
_HAN = rb"(?:[\xe4-\xe9][\x80-\xbf]{2}|\xe3[\x90-\xbf][\x80-\xbf])"
_WORD: dict[Language, re.Pattern[bytes]] = {
    "en": re.compile(rb" ?" + _LATIN + rb"+"),
    "zh": re.compile(rb" ?" + _HAN + rb"{1,4}"),
}


class WordTokens:
    """Word tokens of a vocabulary, computed once for each language when first needed."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._known: dict[Language, tuple[Ids, Ids]] = {}

    def starts(self, language: Language, leading_space: bytes, anywhere: bool) -> Ids:
        """The ids, int64 [n], of tokens that begin a word.

        `leading_space` is b" " where the word follows a space that the prompt leaves out, else b"".
        `anywhere`: at the beginning of a text, tokens with and without a space begin a word.
        """
        bare, spaced = self._classified(language)
        if anywhere:
            return np.concatenate([bare, spaced])
        return spaced if leading_space and language == "en" else bare

    def continuations(self, language: Language) -> Ids:
        """The ids, int64 [n], of tokens that continue a word."""
        return self._classified(language)[0]

    def _classified(self, language: Language) -> tuple[Ids, Ids]:
        """The ids of tokens of letters alone, and of those with a space before the letters."""
        known = self._known.get(language)
        if known is None:
            token_bytes, word = self._vocabulary.token_bytes, _WORD[language]
            found = [i for i in self._vocabulary.allowed.tolist() if word.fullmatch(token_bytes[i])]
            if language == "zh":
                found = [i for i in found if self._stands_alone(i)]
            bare = [i for i in found if token_bytes[i][:1] != b" "]
            spaced = [i for i in found if token_bytes[i][:1] == b" "]
            known = self._known[language] = np.array(bare, np.int64), np.array(spaced, np.int64)
        return known

    def _stands_alone(self, i: int) -> bool:
        """Whether a Han token is used by the tokenizer: WordPiece also has "##天", which it never is."""
        return self._vocabulary.id_of(self._vocabulary.token_bytes[i].decode()) in (None, i)


def top_ids(scores: Floats, allowed: Ids, count: int) -> list[int]:
    """The `count` ids of `allowed` with the highest `scores` (float32 [vocabulary]), highest first."""
    if len(allowed) > count:
        allowed = allowed[np.argpartition(scores[allowed], -count)[-count:]]
    chosen: list[int] = allowed[np.argsort(-scores[allowed], kind="stable")].tolist()
    return chosen
