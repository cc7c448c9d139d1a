"""From the tokens of an answer to the suggestion that may be shown: the one place where that happens.

The editor and the evaluation run this same code. Bytes are held back until they are whole characters, and
words until they have ended, so that what is shown only grows. Each word must pass the gate (is it likely
enough?), the seams (does it fit the text around the cursor?), the filters and the writer's own safety.
"""

from __future__ import annotations

import codecs
import math
from dataclasses import dataclass, field
from typing import Protocol

from writer.suggestions import boundaries, filters
from writer.suggestions.context import Context
from writer.suggestions.gate import ConfidenceGate
from writer.suggestions.reasons import Reason
from writer.suggestions.suggestion import Suggestion
from writer.text.language import is_cjk
from writer.text.words import breaks_word, ends_in_word


class OutputFilter(Protocol):
    """Something that keeps suggestions back, as `safety.Safety` does."""

    def obstacle(self, before: str, text: str) -> Reason | None:
        """Why `text` is withheld behind `before`; None where it is not."""
        ...


@dataclass(frozen=True, slots=True)
class BuilderRules:
    """What a writer's settings say about suggestions; `safety` None withholds nothing."""

    gate: ConfidenceGate = field(default_factory=ConfidenceGate)
    safety: OutputFilter | None = None


@dataclass(frozen=True, slots=True)
class WordDecision:
    """A word that came to the gate: how probable it was, and how probable it had to be.

    `reason` is what kept it from being shown, None where it was.
    """

    text: str
    probability: float
    needed: float
    reason: Reason | None = None


class SuggestionBuilder:
    """Builds one suggestion for `context` out of tokens, for the document's `revision`."""

    def __init__(self, context: Context, revision: int, rules: BuilderRules | None = None) -> None:
        self._context = context
        self._revision = revision
        self._rules = rules or BuilderRules()
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._logprob = 0.0
        self._settled = 0
        self._settled_logprob = 0.0
        self._words = 0
        self._shown = ""
        self._confidence = 0.0
        self._reason: Reason | None = None
        self.finished = False
        """True when more tokens would change nothing: whoever asks may stop asking."""
        self.decisions: tuple[WordDecision, ...] = ()
        """The words that came to the gate, in their order."""

    def add(self, data: bytes, logprob: float, ends_word: bool = False) -> Suggestion:
        """Take one token's bytes and log-probability; the suggestion as far as it is certain."""
        if not self.finished:
            piece = self._decode(data)
            if self._is_word_over(piece):
                self._settle()
            self._logprob += logprob
            self._take(piece)
            if ends_word and not self.finished:
                self._settle()
        return self._suggestion(complete=False)

    def end(self, reason: str = "", cut: bool = False) -> Suggestion:
        """The final suggestion. `cut`: the tokens ended because enough were asked for, perhaps within a word.

        `reason` is what the engine says of an empty answer.
        """
        if not self.finished and (not cut or not self._words):
            self._settle()
        self.finished = True
        return self._suggestion(complete=True, reason=reason)

    def _decode(self, data: bytes) -> str:
        try:
            return self._decoder.decode(data)
        except UnicodeDecodeError:
            self._stop(Reason.JUNK)
            return ""

    def _is_word_over(self, piece: str) -> bool:
        """Whether a word has ended before `piece`, which comes next."""
        open_word = self._text[self._settled :]
        if not piece or not open_word.strip():
            return False
        return is_cjk(open_word[-1]) or (ends_in_word(open_word) and not breaks_word(open_word, piece))

    def _take(self, piece: str) -> None:
        """Add `piece` as far as it stays in the line."""
        line = piece.splitlines()[0] if piece else ""
        self._text += line
        if line != piece:
            self._settle()
            self._stop(Reason.PARAGRAPH)

    def _settle(self) -> None:
        """The words so far have ended: show them too, or end the suggestion before them."""
        if self.finished or not self._text[self._settled :].strip():
            return
        probability = math.exp(min(0.0, self._logprob - self._settled_logprob))
        word = self._text[self._settled :]
        self._settled, self._settled_logprob = len(self._text), self._logprob
        gate, words = self._rules.gate, self._words
        if gate.extends(words, probability) if words else gate.shows(probability):
            self._show(probability)
        else:
            self._stop(Reason.UNSURE)
        shown = None if self._words > words else self._reason
        self.decisions = (*self.decisions, WordDecision(word, probability, gate.needed(words), shown))

    def _show(self, probability: float) -> None:
        before, after = self._context.before, self._context.after
        text = boundaries.before_rest(boundaries.fit(before, self._text), after)
        reason = filters.obstacle(before, text, after) if text else Reason.SEAM
        if not reason and self._rules.safety is not None:
            reason = self._rules.safety.obstacle(before, text)
        if reason or not text.startswith(self._shown):
            self._stop(reason or Reason.SEAM)
            return
        self._shown = text
        self._confidence = self._confidence if self._words else probability
        self._words += 1

    def _stop(self, reason: Reason) -> None:
        self._reason = self._reason or reason
        self.finished = True

    def _suggestion(self, complete: bool, reason: str = "") -> Suggestion:
        silent = Reason.UNSURE if self._rules.gate.floor else Reason.NOTHING
        why = "" if self._shown else reason or self._reason or silent
        return Suggestion(
            self._shown, self._revision, self._confidence, why if complete or self.finished else "", complete
        )
