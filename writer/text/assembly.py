"""From the tokens of an answer to the suggestion that may be shown: the one place where that happens.

The editor and the evaluation run this same code. Bytes are held back until they are whole characters,
and while more may come a word is held back until the next one begins, so that what is shown only grows.
"""

from __future__ import annotations

import codecs
import math

from writer.text.context import Context, is_cjk
from writer.text.reasons import Reason
from writer.text.suggestion import Suggestion

_IN_WORD = "'’-"


class Assembly:
    """Builds one suggestion for `context` out of tokens, for the document's `revision`."""

    def __init__(self, context: Context, revision: int) -> None:
        self._revision = revision
        self._no_space = not context.before or context.before[-1].isspace()
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._logprob = 0.0
        self._tokens = 0
        self._broken = False
        self.finished = False
        """True when more tokens would change nothing: whoever asks may stop asking."""

    def add(self, data: bytes, logprob: float) -> Suggestion:
        """Take one token's bytes and log-probability; the suggestion as far as it is certain."""
        if not self.finished:
            self._tokens += 1
            self._logprob += logprob
            self._take(data)
        text = self._line() if self.finished else settled(self._line())
        return self._suggestion(text, complete=False)

    def end(self, reason: str = "", cut: bool = False) -> Suggestion:
        """The final suggestion. `cut`: the tokens ended because enough were asked for, perhaps within a word.

        `reason` is what the engine says of an empty answer.
        """
        text = self._line()
        if cut and not self.finished:
            text = settled(text) or text
        text = text.rstrip()
        if not text and not reason:
            reason = Reason.PARAGRAPH if self._broken else Reason.NOTHING
        return self._suggestion(text, complete=True, reason="" if text else reason)

    def _take(self, data: bytes) -> None:
        try:
            piece = self._decoder.decode(data)
        except UnicodeDecodeError:
            self.finished = True
            return
        for index, character in enumerate(piece):
            if not character.isprintable() and character != "\u200d":
                self._text += piece[:index]
                self._broken = character in "\r\n\u2028\u2029"
                self.finished = True
                return
        self._text += piece

    def _line(self) -> str:
        text = self._text.lstrip() if self._no_space else self._text
        return text if text.strip() else ""

    def _suggestion(self, text: str, complete: bool, reason: str = "") -> Suggestion:
        confidence = math.exp(self._logprob / self._tokens) if self._tokens else 0.0
        return Suggestion(text, self._revision, confidence, reason, complete)


def settled(text: str) -> str:
    """`text` without its last word where more letters could still follow, and without trailing space."""
    end = len(text)
    while end and not is_cjk(text[end - 1]) and (text[end - 1].isalnum() or text[end - 1] in _IN_WORD):
        end -= 1
    return text[:end].rstrip()
