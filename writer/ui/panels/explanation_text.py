"""How a suggestion came about, in plain words: one sentence for each thing that had a part in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject

from writer.app.suggestions.explanation_service import Explanation
from writer.suggestions.reasons import Reason
from writer.ui.panels.token_list import percent
from writer.ui.window.status_bar import SERVER


class ExplanationText(QObject):
    """Puts a story into sentences, in the language of the moment; `reason` tells why there is nothing."""

    def __init__(self, reason: Callable[[str], str], parent: QObject) -> None:
        super().__init__(parent)
        self._reason = reason

    def heading(self, story: Explanation) -> str:
        """What the story is about."""
        if story.shown.text:
            return self.tr("“{text}”").format(text=story.shown.text.strip())
        return self.tr("No suggestion here; these are the last words before the cursor.")

    def sentences(self, story: Explanation) -> list[str]:
        """Who wrote it, from what, what it had to pass, and why it ends where it does."""
        if story.shown.text:
            return [*self._writer(story), *self._reading(story), *self._gate(story), *self._end(story)]
        return [*self._silence(story), *self._writer(story)]

    def _writer(self, story: Explanation) -> Iterator[str]:
        if story.device == SERVER:
            yield self.tr("{model} answered; the text before the cursor was sent there.").format(
                model=story.model
            )
        elif story.base:
            yield self.tr(
                "Your personal model {model} answered. It learned from your texts, from {base}."
            ).format(model=story.model, base=story.base)
        elif story.model:
            yield self.tr("{model} answered, as it was published: nothing of yours has changed it.").format(
                model=story.model
            )

    def _reading(self, story: Explanation) -> Iterator[str]:
        account = story.account
        if account is None or not account.read:
            return
        if not account.passes:
            yield self.tr("Nothing had to be computed: the answer for this place was still known.")
        elif account.hurried:
            yield self.tr("To be quick it read only the last {read} tokens before the cursor.").format(
                read=account.read
            )
        else:
            yield self.tr("It read {read} tokens before the cursor, {new} of them anew.").format(
                read=account.read, new=account.read - account.kept
            )
        if account.owed.strip():
            yield self.tr("It wrote “{letters}” again from its beginning, to find whole words.").format(
                letters=account.owed.strip()
            )

    def _gate(self, story: Explanation) -> Iterator[str]:
        origin = story.origin
        if origin is None or not origin.judged:
            return
        first = origin.judged[0]
        word, share = first.text.strip(), percent(first.probability)
        if origin.asked:
            yield self.tr(
                "“{word}” is right with {share}; you asked, so it shows however unsure it is."
            ).format(word=word, share=share)
            return
        told = self.tr("“{word}” is right with {share}; your settings want at least {needed}.")
        if not first.needed:
            told = self.tr("“{word}” is right with {share}; your settings show whatever there is.")
        yield told.format(word=word, share=share, needed=percent(first.needed))
        if origin.raised:
            yield self.tr("Refused suggestions have raised what is needed for a while.")
        yield self.tr("It repeats nothing, and holds nothing that your settings withhold.")

    def _end(self, story: Explanation) -> Iterator[str]:
        last = story.origin.judged[-1] if story.origin is not None and story.origin.judged else None
        if last is None or last.reason is None:
            return
        if last.reason == Reason.UNSURE:
            yield self.tr(
                "It ends before “{word}”: {share}, where {needed} would have been worth a key."
            ).format(word=last.text.strip(), share=percent(last.probability), needed=percent(last.needed))
        else:
            yield self.tr("It ends before “{word}”. {reason}").format(
                word=last.text.strip(), reason=self._reason(last.reason)
            )

    def _silence(self, story: Explanation) -> Iterator[str]:
        if story.shown.reason:
            yield self._reason(story.shown.reason)
        last = story.origin.judged[-1] if story.origin is not None and story.origin.judged else None
        if last is not None and last.reason == Reason.UNSURE:
            yield self.tr("Its likeliest word was “{word}” with {share}; {needed} were needed.").format(
                word=last.text.strip(), share=percent(last.probability), needed=percent(last.needed)
            )
