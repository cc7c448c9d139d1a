"""The progress of a training: stage, time left, losses, a sample, and buttons to pause and stop."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from writer.app.training.training_state import TrainingState
from writer.models.library.overview import duration_text
from writer.ui.common.translation import Retranslated, localised
from writer.ui.common.widgets import Label, thin_progress_bar
from writer.ui.settings_pages.personalise.loss_plot import LossPlot
from writer.ui.settings_pages.personalise.sample_view import SampleView

STEPS = 1000


class ProgressBox(Retranslated, QWidget):
    """A view of the `TrainingState` of a running training."""

    pause_requested = Signal()
    resume_requested = Signal()
    stop_requested = Signal()
    cancel_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._state = TrainingState()
        self.stage = Label(wordWrap=True)
        self.stage.setProperty("tone", "title")
        self.bar = thin_progress_bar(STEPS)
        self.details = Label(wordWrap=True)
        self.device = Label(wordWrap=True)
        for label in (self.details, self.device):
            label.setProperty("tone", "muted")
        self.plot = LossPlot()
        self.sample = SampleView()
        self.pause = self._button(self.pause_requested)
        self.resume = self._button(self.resume_requested)
        self.stop = self._button(self.stop_requested)
        self.cancel = self._button(self.cancel_requested)
        self._lay_out()
        self.retranslate()

    def show_training(self, state: TrainingState) -> None:
        """Show a state."""
        self._state = state
        running, paused = state.phase == "running", state.phase == "paused"
        focus = self.focusWidget()
        self.pause.setVisible(not paused)
        self.resume.setVisible(paused)
        if focus in (self.pause, self.resume):
            (self.resume if paused else self.pause).setFocus()
        self.pause.setEnabled(running and state.stage == "fitting")
        for button in (self.stop, self.cancel):
            button.setEnabled(running or paused)
        self.stop.setVisible(bool(state.run))
        self.bar.setRange(0, STEPS if state.total else 0)
        self.bar.setValue(STEPS * state.done // state.total if state.total else 0)
        self.plot.setVisible(bool(state.training_losses or state.held_out_losses))
        self.plot.show_training(state)
        self.sample.show_samples(state.samples)
        self._show_progress()

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.pause.setText(self.tr("Pause"))
        self.resume.setText(self.tr("Go on"))
        self.stop.setText(self.tr("Stop, and go on later"))
        self.cancel.setText(self.tr("Cancel"))
        self.bar.setAccessibleName(self.tr("How far the learning is"))
        self._show_progress()

    def _show_progress(self) -> None:
        self.stage.setText(self._stage())
        self.details.setText(" · ".join(self._facts()))
        self.details.setVisible(bool(self.details.text()))
        plan = self._state.plan
        self.device.setVisible(plan is not None)
        if plan is not None:
            self.device.setText(localised(plan.why))

    def _stage(self) -> str:
        if self._state.phase == "paused":
            return self.tr("Paused; everything so far is saved.")
        if self._state.phase == "stopping":
            return self.tr("Saving and ending …")
        return stage_text(self._state.stage)

    def _facts(self) -> list[str]:
        state, facts = self._state, []
        if state.total:
            unit = (
                self.tr("step {done} of {total}")
                if state.stage == "fitting"
                else self.tr("{done} of {total}")
            )
            facts.append(unit.format(done=state.done, total=state.total))
        if state.stage == "fitting" and state.speed:
            facts.append(self.tr("{speed} pieces of words a second").format(speed=round(state.speed)))
        if state.seconds_left is not None:
            facts.append(self.tr("{time} left").format(time=duration_text(state.seconds_left)))
        return facts

    def _button(self, signal: object) -> QPushButton:
        button = QPushButton(autoDefault=False)
        button.clicked.connect(signal)
        return button

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for button in (self.pause, self.resume, self.stop, self.cancel):
            buttons.addWidget(button)
        buttons.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self.stage, self.bar, self.details, self.device):
            column.addWidget(widget)
        column.addLayout(buttons)
        column.addWidget(self.plot)
        column.addWidget(self.sample)
        column.setAlignment(Qt.AlignmentFlag.AlignTop)


def stage_text(stage: str) -> str:
    """The name of a stage of `training.events.Stage`."""
    translate = QCoreApplication.translate
    return {
        "reading": translate("Stages", "Reading the documents …"),
        "cleaning": translate("Stages", "Leaving out what is repeated …"),
        "packing": translate("Stages", "Preparing the text …"),
        "measuring": translate("Stages", "Measuring how much fits into memory …"),
        "rehearsing": translate("Stages", "Noting what shall not be forgotten …"),
        "fitting": translate("Stages", "Learning …"),
        "comparing": translate("Stages", "Comparing with the model as it was …"),
        "publishing": translate("Stages", "Putting the personal model in its place …"),
    }.get(stage, translate("Stages", "Looking through the folder …"))
