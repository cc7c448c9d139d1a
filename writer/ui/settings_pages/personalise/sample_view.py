"""A view of samples: continuations of the user's texts before and after training."""

from __future__ import annotations

import html
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from writer.training.events import Sample
from writer.ui.common.translation import Retranslated
from writer.ui.common.widgets import HtmlLabel, Label

_PROMPT = 160
"""The number of characters shown of a prompt, its last ones."""


class SampleView(Retranslated, QWidget):
    """The latest samples; hidden where there are none."""

    def __init__(self) -> None:
        super().__init__()
        self._samples: Sequence[Sample] = ()
        self.heading = Label()
        self.heading.setProperty("tone", "title")
        self.text = HtmlLabel(wordWrap=True)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.heading)
        column.addWidget(self.text)
        self.retranslate()
        self.hide()

    def show_samples(self, samples: Sequence[Sample]) -> None:
        """Set the samples."""
        if samples != self._samples:
            self._samples = samples
            self.retranslate()
        self.setVisible(bool(samples))

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.heading.setText(self.tr("In your own texts"))
        self.text.setAccessibleName(self.heading.text())
        self.text.setText("".join(self._paragraphs()))

    def _paragraphs(self) -> list[str]:
        paragraphs = []
        for sample in self._samples:
            prompt = sample.prompt[-_PROMPT:].replace("\n", " ")
            if len(sample.prompt) > _PROMPT:
                prompt = f"… {prompt.partition(' ')[2]}"
            paragraphs.append(f"<p>{html.escape(prompt)}</p>")
            rows = ((self.tr("before:"), sample.before), (self.tr("now:"), sample.after))
            for label, text in rows:
                shown = html.escape(text.strip().replace("\n", " ")) or "–"
                paragraphs.append(f"<p style='margin-left:18px'>{html.escape(label)} <i>{shown}</i></p>")
        return paragraphs
