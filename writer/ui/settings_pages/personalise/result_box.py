"""The result of a training: metrics of base and personal model on held-out texts."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from writer.app.training.training_state import TrainingState
from writer.text.languages.names import language_name
from writer.training.events import Published
from writer.ui.common.translation import Retranslated, localised
from writer.ui.common.widgets import Label
from writer.ui.settings_pages.personalise.sample_view import SampleView

FIGURES = ("perplexity", "keystrokes_saved")


class ResultBox(Retranslated, QWidget):
    """The metrics of the latest training, with 95 % intervals."""

    use_requested = Signal(str)
    """Use the model with this id, whatever the comparison says."""

    resume_requested = Signal(str)
    """Resume the run with this id."""

    discard_requested = Signal(str)
    """Delete the run with this id."""

    def __init__(self) -> None:
        super().__init__()
        self._state = TrainingState()
        self.sentence = Label(wordWrap=True)
        self._heads = [Label() for _ in range(3)]
        self._names = [Label() for _ in FIGURES]
        self.numbers = [[Label(), Label()] for _ in FIGURES]
        self.use = QPushButton(autoDefault=False)
        self.resume = QPushButton(autoDefault=False)
        self.discard = QPushButton(autoDefault=False)
        self.sample = SampleView()
        self._table = QWidget()
        self._lay_out()
        self.use.clicked.connect(self._use)
        self.resume.clicked.connect(lambda: self.resume_requested.emit(self._state.run))
        self.discard.clicked.connect(lambda: self.discard_requested.emit(self._state.run))
        self.retranslate()

    def show_training(self, state: TrainingState) -> None:
        """Show the result of a training."""
        self._state = state
        self._table.setVisible(state.comparison is not None)
        published = state.published
        self.use.setVisible(published is not None and not published.live)
        self.resume.setVisible(bool(state.run))
        self.discard.setVisible(bool(state.run))
        self.sample.show_samples(state.samples if state.phase == "done" else ())
        self.retranslate()

    def retranslate(self) -> None:
        """See `Retranslated`."""
        heads = ("", self.tr("Before"), self.tr("Personal"))
        for label, text in zip(self._heads, heads, strict=True):
            label.setText(text)
        names = (
            self.tr("Between how many words it wavers, on texts that were kept aside (low is good)"),
            self.tr("Keystrokes saved on them"),
        )
        for label, text in zip(self._names, names, strict=True):
            label.setText(text)
        self.use.setText(self.tr("Use it anyway"))
        self.resume.setText(self.tr("Go on"))
        self.discard.setText(self.tr("Discard"))
        self.sentence.setText(self._sentence())
        self.sentence.setProperty("tone", "warning" if self._state.phase == "failed" else "")
        self.sentence.style().polish(self.sentence)
        self._show_figures()

    def _sentence(self) -> str:
        """How the training ended; with more than one language, a line for each."""
        state = self._state
        lines = [
            self._of_language(training.published, localised(training.comparison.why))
            for training in state.earlier
            if training.comparison is not None
        ]
        last = self._last_sentence()
        if lines and state.published is not None:
            last = self._of_language(state.published, last)
        return "\n".join((*lines, last))

    def _of_language(self, published: Published, sentence: str) -> str:
        return self.tr("{language}: {reason}").format(
            language=localised(language_name(published.language)), reason=sentence
        )

    def _last_sentence(self) -> str:
        state = self._state
        if state.phase == "failed":
            return localised(state.sentence)
        if state.phase == "stopped":
            if state.run:
                return self.tr("Stopped; everything up to step {step} is saved.").format(step=state.done)
            return self.tr("Cancelled; nothing of it is kept.")
        return localised(state.comparison.why) if state.comparison else ""

    def _show_figures(self) -> None:
        comparison = self._state.comparison
        if comparison is None:
            return
        for row, name in enumerate(FIGURES):
            for column, figures in enumerate((comparison.current or comparison.base, comparison.personal)):
                self.numbers[row][column].setText(self._figure(name, figures.get(name)))

    def _figure(self, name: str, figure: dict[str, Any] | None) -> str:
        """A metric with its interval, such as “21.4 (20.1–22.8)”; a dash where there is none."""
        if not figure or figure["value"] is None:
            return "–"
        percent = name == "keystrokes_saved"
        factor, unit = (100, " %") if percent else (1, "")
        value, low, high = (
            self.locale().toString(factor * float(figure[part]), "f", 1) for part in ("value", "low", "high")
        )
        return f"{value}{unit} ({low}–{high})"

    def _use(self) -> None:
        if self._state.published is not None:
            self.use_requested.emit(self._state.published.model)

    def _lay_out(self) -> None:
        grid = QGridLayout(self._table)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        right = Qt.AlignmentFlag.AlignRight
        for number, label in enumerate(self._heads):
            label.setProperty("tone", "muted")
            grid.addWidget(label, 0, number, right)
        for row, name in enumerate(self._names):
            name.setWordWrap(True)
            grid.addWidget(name, row + 1, 0)
            for number, label in enumerate(self.numbers[row], start=1):
                grid.addWidget(label, row + 1, number, right)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for button in (self.use, self.resume, self.discard):
            buttons.addWidget(button)
        buttons.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self.sentence, self._table, self.sample):
            column.addWidget(widget)
        column.addLayout(buttons)
