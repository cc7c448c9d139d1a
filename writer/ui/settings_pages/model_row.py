"""A row of the model list: the model's facts, its state, and the actions possible in that state."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from writer.base.printable import printable
from writer.base.progress import Progress
from writer.models.library import overview
from writer.models.library.overview import ModelSummary
from writer.ui.common.translation import Retranslated, localised
from writer.ui.common.widgets import Label, plain_tooltip, thin_progress_bar

STEPS = 1000


class ModelRow(Retranslated, QFrame):
    """A row for a model, with buttons for the actions possible in its state."""

    get_requested = Signal()
    """Download the model, or resume its download."""

    stop_requested = Signal()
    use_requested = Signal()
    remove_requested = Signal()
    export_requested = Signal()

    def __init__(self, summary: ModelSummary) -> None:
        super().__init__()
        self.setObjectName("modelRow")
        self.summary = summary
        self.title = Label(printable(summary.title), wordWrap=True)
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        self.facts = Label(wordWrap=True)
        self.facts.setProperty("tone", "muted")
        self.about = Label(wordWrap=True)
        self.bar = thin_progress_bar(STEPS)
        self.state = Label(wordWrap=True)
        self.state.setProperty("tone", "muted")
        self._buttons = {
            name: self._button(signal)
            for name, signal in (
                ("use", self.use_requested),
                ("get", self.get_requested),
                ("stop", self.stop_requested),
                ("share", self.export_requested),
                ("remove", self.remove_requested),
            )
        }
        self._progress: Progress | None = None
        self._lay_out()
        self.retranslate()
        self.show_progress(None)

    def button(self, name: str) -> QPushButton:
        """The button "use", "get", "stop", "share" or "remove"."""
        return self._buttons[name]

    def show_progress(self, progress: Progress | None) -> None:
        """Show the progress of the model's job, None where there is none."""
        self._progress = progress
        busy = progress is not None
        installed, stopped = self.summary.state == overview.HERE, self.summary.state == overview.STOPPED
        self.bar.setVisible(busy or stopped)
        self.state.setVisible(busy or stopped)
        self._buttons["use"].setVisible(
            installed and not busy and not self.summary.masked and not self._uses_all_languages()
        )
        self._buttons["get"].setVisible(not installed and not busy)
        self._buttons["stop"].setVisible(busy)
        self._buttons["share"].setVisible(installed and not busy)
        self._buttons["remove"].setVisible(self.summary.state != overview.AVAILABLE and not busy)
        done, total = (progress.done, progress.total) if progress else (self.summary.done, self.summary.bytes)
        self.bar.setRange(0, STEPS if total or not busy else 0)
        if total:
            self.bar.setValue(min(STEPS, done * STEPS // total))
        self.state.setText(self._state_text())

    def retranslate(self) -> None:
        """See `Retranslated`."""
        labels = {
            "use": self.tr("Use"),
            "get": self.tr("Resume") if self.summary.state == overview.STOPPED else self.tr("Get"),
            "stop": self.tr("Cancel"),
            "share": self.tr("Share…"),
            "remove": self.tr("Remove"),
        }
        for name, label in labels.items():
            self._buttons[name].setText(label)
            self._buttons[name].setAccessibleName(f"{label}: {printable(self.summary.title)}")
        self.facts.setText(" · ".join(self._facts()))
        self.facts.setToolTip(plain_tooltip(localised(self.summary.slow)))
        self.about.setText(localised(self.summary.about))
        self.about.setVisible(bool(self.summary.about))
        self.bar.setAccessibleName(self.tr("Progress: {name}").format(name=printable(self.summary.title)))
        self.state.setText(self._state_text())

    def _uses_all_languages(self) -> bool:
        return bool(self.summary.used) and set(self.summary.languages) <= set(self.summary.used)

    def _facts(self) -> list[str]:
        summary = self.summary
        facts = [self._language(code) for code in summary.languages]
        facts += [overview.size_text(summary.bytes), self._licence()]
        if summary.base:
            facts.append(self.tr("personal, from {base}").format(base=printable(summary.base)))
        facts += self._speed()
        if summary.used:
            does = self.tr("finds words in {languages}") if summary.masked else self.tr("writes {languages}")
            facts.append(does.format(languages=", ".join(map(self._language, summary.used))))
        if summary.state == overview.DAMAGED:
            facts.append(self.tr("damaged: get it again"))
        return facts

    def _language(self, code: str) -> str:
        """The name of a language; its code, which a model's file gives, where it has none here."""
        known = {"en": self.tr("English"), "zh": self.tr("Chinese")}
        return known.get(code) or printable(code)

    def _licence(self) -> str:
        known = {
            "": self.tr("licence not stated"),
            "not stated": self.tr("not stated"),
            "Gemma Terms of Use": self.tr("Gemma Terms of Use"),
        }
        return known.get(self.summary.licence) or printable(self.summary.licence)

    def _speed(self) -> list[str]:
        measured = self.summary.measured or {}
        facts = []
        if "words_ms" in measured:
            facts.append(self.tr("{ms} ms a word here").format(ms=round(measured["words_ms"])))
        if token_ms := measured.get("token_ms"):
            speed = max(1, round(1000 / token_ms))
            facts.append(self.tr("{speed} pieces of words a second here").format(speed=speed))
        if self.summary.slow:
            facts.append(self.tr("slower than others"))
        return facts

    def _state_text(self) -> str:
        progress, summary = self._progress, self.summary
        if progress is None:
            done, total = overview.size_text(summary.done), overview.size_text(summary.bytes)
            return self.tr("Stopped at {done} of {total}.").format(done=done, total=total)
        stages = {
            "waiting": self.tr("Waiting …"),
            "checking": self.tr("Checking …"),
            "converting": self.tr("Preparing …"),
            "measuring": self.tr("Measuring its speed …"),
        }
        if progress.stage in stages:
            return stages[progress.stage]
        if not progress.speed:
            return self.tr("Fetching …")
        text = self.tr("{done} of {total}, {speed} MB/s").format(
            done=overview.size_text(progress.done),
            total=overview.size_text(progress.total),
            speed=f"{progress.speed / 1e6:.1f}",
        )
        if progress.seconds_left is None:
            return text
        return f"{text}, " + self.tr("{time} left").format(time=overview.duration_text(progress.seconds_left))

    def _button(self, signal: object) -> QPushButton:
        button = QPushButton(autoDefault=False)
        button.clicked.connect(signal)
        return button

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        for label in (self.title, self.facts, self.about):
            words.addWidget(label)
        buttons = QWidget()
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for name, button in self._buttons.items():
            button.setProperty("quiet", name in ("share", "remove"))
            row.addWidget(button)
        top = QHBoxLayout()
        top.setSpacing(10)
        top.addLayout(words, 1)
        top.addWidget(buttons, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 10)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self.bar)
        column.addWidget(self.state)
