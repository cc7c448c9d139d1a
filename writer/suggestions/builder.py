"""The builder that turns the tokens of an answer into a suggestion, for the editor and the evaluation.

Bytes are buffered until they are whole characters, and characters until their word has ended, so that the
shown text only grows. Each word must pass the confidence gate, fit the text around the cursor (boundaries),
and pass the filters and the output filter of the user's settings.
"""

from __future__ import annotations

import codecs
import math
from dataclasses import dataclass, field
from typing import Protocol

from writer.suggestions import boundaries, filters
from writer.suggestions.calibration import Calibration
from writer.suggestions.context import Context
from writer.suggestions.gate import ConfidenceGate, saved_keys
from writer.suggestions.reasons import Reason
from writer.suggestions.suggestion import Suggestion
from writer.text.characters import is_han
from writer.text.language import is_cjk
from writer.text.typography import Typography
from writer.text.words import ends_in_word, first_word, splits_word

_ROUNDING = 1e-6
"""What a floor is lower for the sake of rounding."""


class OutputFilter(Protocol):
    """A filter that can withhold a suggestion, such as `safety.SafetyFilter`."""

    def rejection_reason(self, before: str, text: str) -> Reason | None:
        """The reason to withhold `text` after `before`; None where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class BuilderRules:
    """The settings of a builder: the gate, an output filter (None for none), and how marks are written.

    `calibration` says what the model's probabilities of first words are worth.
    """

    gate: ConfidenceGate = field(default_factory=ConfidenceGate)
    safety: OutputFilter | None = None
    typography: Typography = field(default_factory=Typography)
    calibration: Calibration = field(default_factory=Calibration)

    def floor(self, context: Context) -> float:
        """The probability that the model must claim for a first word there; none below it is shown."""
        return max(0.0, self.calibration.claim(context.before, self.gate.least) - _ROUNDING)


@dataclass(frozen=True, slots=True)
class WordDecision:
    """The gate's decision on one word: its probability, the threshold, and the reason not to show it.

    `reason` is None where the word was shown. Probabilities are between 0 and 1, None where unknown.
    """

    text: str
    probability: float | None
    threshold: float
    reason: Reason | None = None


class SuggestionBuilder:
    """Builds one suggestion for `context` from tokens, for the document's `revision`."""

    def __init__(self, context: Context, revision: int, rules: BuilderRules | None = None) -> None:
        self._context = context
        self._before_word = boundaries.begins_word(context.before, context.after)
        self._revision = revision
        self._rules = rules or BuilderRules()
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._logprob = 0.0
        self._is_known = True
        """Whether the log-probabilities of all tokens of the pending word are known."""
        self._committed = 0
        self._committed_logprob = 0.0
        self._words = 0
        self._shown = ""
        self._confidence = 0.0
        self._reason: Reason | None = None
        self.finished = False
        """True once further tokens change nothing, so that generation can stop."""
        self.decisions: tuple[WordDecision, ...] = ()
        """The gate's decisions so far, in the order of the words."""

    def add(self, data: bytes, logprob: float | None, ends_word: bool = False) -> Suggestion:
        """Add one token's bytes and natural log-probability, None where unknown; returns the suggestion.

        `ends_word`: the word is complete with this token.
        """
        if not self.finished:
            text = self._decode(data)
            if self._completes_word(text):
                self._commit_word()
            self._logprob += logprob or 0.0
            self._is_known = self._is_known and logprob is not None
            self._append(text)
            if ends_word and not self.finished and not is_han(self._text[-1:]):
                self._commit_word()
        return self._suggestion(complete=False)

    def end(self, reason: str = "", cut: bool = False) -> Suggestion:
        """Returns the final suggestion.

        `cut`: generation stopped at the token limit, perhaps within a word. `reason` is the engine's reason
        for an empty answer.
        """
        if not self.finished and (not cut or not self._words):
            self._commit_word(last=True)
        self.finished = True
        return self._suggestion(complete=True, reason=reason)

    def _decode(self, data: bytes) -> str:
        try:
            return self._decoder.decode(data)
        except UnicodeDecodeError:
            self._stop(Reason.JUNK)
            return ""

    def _completes_word(self, text: str) -> bool:
        """Whether the pending word is complete now that `text` comes next."""
        open_word = self._text[self._committed :]
        if not text or not open_word.strip():
            return False
        if is_han(open_word[-1]):
            return len(first_word(open_word + text)) <= len(open_word)
        return is_cjk(open_word[-1]) or (ends_in_word(open_word) and not splits_word(open_word, text))

    def _append(self, text: str) -> None:
        """Add `text` up to its first line break, which ends the suggestion."""
        line = text.splitlines()[0] if text else ""
        self._text += line
        if line != text:
            self._commit_word(last=True)
            self._stop(Reason.PARAGRAPH)

    def _commit_word(self, last: bool = False) -> None:
        """Pass the pending word to the gate: show it, or end the suggestion before it.

        A first word that saves no keys waits for the next one, unless it is the `last`.
        """
        word = self._text[self._committed :]
        if self.finished or not word.strip() or (not last and self._joins_next(word)):
            return
        logprob = min(0.0, self._logprob - self._committed_logprob)
        probability = self._worth(math.exp(logprob)) if self._is_known else None
        self._is_known = True
        self._committed, self._committed_logprob = len(self._text), self._logprob
        gate, words = self._rules.gate, self._words
        threshold = gate.threshold(words, saved_keys(word))
        if gate.allows(words, probability, threshold):
            self._extend_shown(probability)
            self.finished = self.finished or math.exp(self._logprob) < gate.least_extended
        else:
            self._stop(Reason.SHORT if threshold > 1 else Reason.UNSURE)
        shown = None if self._words > words else self._reason
        self.decisions = (*self.decisions, WordDecision(word, probability, threshold, shown))

    def _worth(self, claimed: float) -> float:
        """What a claimed probability is worth; the calibration is that of first words."""
        if self._words:
            return claimed
        return self._rules.calibration.right(self._context.before, self._text, claimed)

    def _joins_next(self, word: str) -> bool:
        """Whether `word` is judged together with the one behind it: a letter, or one Chinese character."""
        return not self._words and saved_keys(word) <= 0

    def _extend_shown(self, probability: float | None) -> None:
        before, after = self._context.before, self._context.after
        after = " " + after if self._before_word else after
        text = self._rules.typography.typeset(before, boundaries.fit_after(before, self._text))
        text = boundaries.trim_overlap(text, after)
        reason = filters.rejection_reason(before, text, after) if text else Reason.SEAM
        if not reason and self._rules.safety is not None:
            reason = self._rules.safety.rejection_reason(before, text)
        if reason or not text.startswith(self._shown):
            self._stop(reason or Reason.SEAM)
            return
        self._shown = text
        self._confidence = self._confidence if self._words else probability or 0.0
        self._words += 1

    def _stop(self, reason: Reason) -> None:
        self._reason = self._reason or reason
        self.finished = True

    def _suggestion(self, complete: bool, reason: str = "") -> Suggestion:
        silent = Reason.UNSURE if self._rules.gate.least else Reason.NOTHING
        why = "" if self._shown else reason or self._reason or silent
        text = self._shown
        if self._before_word:
            text += boundaries.separator(text, self._context.after)
        return Suggestion(
            text, self._revision, self._confidence, why if complete or self.finished else "", complete
        )
