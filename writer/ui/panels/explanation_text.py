"""The sentences of the panel "Why this?": one for each thing that had a part in the suggestion."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject

from writer.app.suggestions.explanation_service import Explanation
from writer.base.errors import Message
from writer.base.printable import printable
from writer.suggestions.reasons import Reason
from writer.ui.panels.token_list import percent
from writer.ui.window.status_bar import LOCAL_SERVER, SERVER


class ExplanationText(QObject):
    """The sentences of an explanation in the current language; `reason` gives the sentence of a Reason."""

    def __init__(self, reason: Callable[[Message], str], parent: QObject) -> None:
        super().__init__(parent)
        self._reason = reason

    def heading(self, explanation: Explanation) -> str:
        """The heading: the suggestion, or that there is none."""
        if explanation.shown.text:
            return self.tr("“{text}”").format(text=explanation.shown.text.strip())
        return self.tr("No suggestion here; these are the last words before the cursor.")

    def sentences(self, explanation: Explanation) -> list[str]:
        """The sentences about the model, the context, the gate, and the end of the suggestion."""
        if explanation.shown.text:
            return [
                *self._model_sentences(explanation),
                *self._context_sentences(explanation),
                *self._gate_sentences(explanation),
                *self._end_sentences(explanation),
            ]
        return [*self._missing_sentences(explanation), *self._model_sentences(explanation)]

    def _model_sentences(self, explanation: Explanation) -> Iterator[str]:
        if explanation.device == SERVER:
            yield self.tr("{model} answered; the text at the cursor was sent there.").format(
                model=printable(explanation.model)
            )
        elif explanation.device == LOCAL_SERVER:
            yield self.tr(
                "{model} answered; it is run by another program of this computer, so nothing left it."
            ).format(model=printable(explanation.model))
        elif explanation.base:
            yield self.tr(
                "Your personal model {model} answered. It learned from your texts, from {base}."
            ).format(model=printable(explanation.model), base=printable(explanation.base))
        elif explanation.model:
            yield self.tr("{model} answered, as it was published: nothing of yours has changed it.").format(
                model=printable(explanation.model)
            )

    def _context_sentences(self, explanation: Explanation) -> Iterator[str]:
        trace = explanation.trace
        if trace is None or not trace.context_tokens:
            return
        if not trace.passes:
            yield self.tr("Nothing had to be computed: the answer for this place was still known.")
        elif trace.partial_context:
            yield self.tr(
                "To be quick it read only the last {read} pieces of words before the cursor."
            ).format(read=trace.context_tokens)
        else:
            yield self.tr("It read {read} pieces of words before the cursor, {new} of them anew.").format(
                read=trace.context_tokens, new=trace.context_tokens - trace.cached_tokens
            )
        if trace.healed_prefix.strip():
            yield self.tr("It wrote “{letters}” again from its beginning, to find whole words.").format(
                letters=trace.healed_prefix.strip()
            )

    def _gate_sentences(self, explanation: Explanation) -> Iterator[str]:
        provenance = explanation.provenance
        if provenance is None or not provenance.decisions:
            return
        first = provenance.decisions[0]
        word, share = first.text.strip(), percent(first.probability)
        if first.probability is None:
            yield self.tr(
                "The server does not tell how sure it is of “{word}”; what comes of it is shown, "
                "few words at once."
            ).format(word=word)
            return
        if provenance.explicit:
            yield self.tr(
                "“{word}” is right at {share} of such places; you asked, so it shows however unsure it is."
            ).format(word=word, share=share)
            return
        text = self.tr("“{word}” is right at {share} of such places; your settings want at least {needed}.")
        if not first.threshold:
            text = self.tr(
                "“{word}” is right at {share} of such places; your settings show whatever there is."
            )
        yield text.format(word=word, share=share, needed=percent(first.threshold))
        if provenance.raised:
            yield self.tr("Refused suggestions have raised what is needed for a while.")
        yield self.tr("It repeats nothing, and holds nothing that your settings withhold.")

    def _end_sentences(self, explanation: Explanation) -> Iterator[str]:
        last = (
            explanation.provenance.decisions[-1]
            if explanation.provenance is not None and explanation.provenance.decisions
            else None
        )
        if last is None or last.reason is None:
            return
        if last.reason == Reason.UNSURE and last.probability is None:
            yield self.tr(
                "It ends before “{word}”: longer suggestions need a server that tells how sure it is."
            ).format(word=last.text.strip())
        elif last.reason == Reason.UNSURE:
            yield self.tr(
                "It ends before “{word}”: right at {share} of such places, where {needed} would have been "
                "worth a key."
            ).format(word=last.text.strip(), share=percent(last.probability), needed=percent(last.threshold))
        else:
            yield self.tr("It ends before “{word}”. {reason}").format(
                word=last.text.strip(), reason=self._reason(last.reason)
            )

    def _missing_sentences(self, explanation: Explanation) -> Iterator[str]:
        if explanation.shown.reason:
            yield self._reason(explanation.shown.reason)
        last = (
            explanation.provenance.decisions[-1]
            if explanation.provenance is not None and explanation.provenance.decisions
            else None
        )
        if last is not None and last.reason == Reason.UNSURE:
            yield self.tr(
                "Its likeliest word was “{word}”, right at {share} of such places; {needed} were needed."
            ).format(word=last.text.strip(), share=percent(last.probability), needed=percent(last.threshold))
