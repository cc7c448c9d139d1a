"""The preview of a training: documents, words, what is left out and why, time and memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from writer.app.training.preview_service import PreviewState
from writer.base.printable import printable
from writer.corpus.document import Rejection, RejectionReason
from writer.models.library.overview import duration_text, size_text
from writer.training.events import Previewed
from writer.ui.common.translation import Retranslated, localised
from writer.ui.common.widgets import Label, thin_progress_bar
from writer.ui.settings_pages.personalise.progress_box import STEPS, stage_words

_LIST_HEIGHT = 150


class PreviewBox(Retranslated, QWidget):
    """Shows one `PreviewState` after the other."""

    stopped = Signal()
    """The preview is to end."""

    wanted = Signal()
    """The folder is to be looked at again."""

    agreed = Signal()
    """This is to be learned."""

    def __init__(self) -> None:
        super().__init__()
        self._preview = PreviewState()
        self._named = False
        self.heading = Label()
        self.heading.setProperty("tone", "title")
        self.stage = Label(wordWrap=True)
        self.bar = thin_progress_bar(STEPS)
        self.stop = QPushButton(autoDefault=False)
        self.stop.clicked.connect(self.stopped)
        self.sentence = Label(wordWrap=True)
        self.sentence.setProperty("tone", "warning")
        self.facts: list[tuple[Label, Label]] = []
        self.learn = QPushButton(autoDefault=False)
        self.learn.setEnabled(False)
        self.learn.clicked.connect(self.agreed)
        self.again = QPushButton(autoDefault=False)
        self.again.clicked.connect(self.wanted)
        self.show_names = QPushButton(autoDefault=False)
        self.show_names.setCheckable(True)
        self.show_names.setProperty("quiet", True)
        self.show_names.toggled.connect(self._name)
        self.names = QListWidget()
        self.names.setObjectName("matchList")
        self.names.setWordWrap(True)
        self.names.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._progress = QWidget()
        self._table = QWidget()
        self._lay_out()
        self.retranslate()

    def show_preview(self, preview: PreviewState, current: bool) -> None:
        """Show how far it is, or what it found; `current` says whether the settings still ask for it."""
        before, self._preview = self._preview, preview
        self.heading.setVisible(preview.request is not None)
        self._progress.setVisible(preview.is_alive)
        self.again.setVisible(preview.request is not None and not preview.is_alive)
        self.learn.setEnabled(current and preview.allows)
        self.stage.setText(stage_words(preview.stage))
        self.bar.setRange(0, STEPS if preview.total else 0)
        self.bar.setValue(STEPS * preview.done // preview.total if preview.total else 0)
        if (preview.result, preview.sentence) != (before.result, before.sentence):
            self._show_result()

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.heading.setText(self.tr("What will be learned"))
        self.stop.setText(self.tr("Stop"))
        self.again.setText(self.tr("Look again"))
        self.learn.setText(self.tr("Learn"))
        self.bar.setAccessibleName(self.tr("How far the look at the folder is"))
        self.names.setAccessibleName(self.tr("Files that are left out, and why"))
        self.stage.setText(stage_words(self._preview.stage))
        self._show_result()

    def _show_result(self) -> None:
        seen = self._preview.result
        sentence = seen.obstacle if seen else self._preview.sentence
        self.sentence.setText(localised(sentence))
        self.sentence.setVisible(bool(sentence))
        self._table.setVisible(seen is not None)
        self._fill(list(self._rows(seen)) if seen is not None else [])
        refusals = seen.refusals if seen else ()
        self.show_names.setVisible(bool(refusals))
        self.names.clear()
        self.names.addItems([self._refusal(**one) for one in refusals])
        self._name(self.show_names.isChecked())

    def _name(self, wanted: bool) -> None:
        """Show which files are left out, or hide them again."""
        self.show_names.setText(self.tr("Hide what is left out") if wanted else self.tr("What is left out"))
        self.names.setVisible(wanted and self.names.count() > 0)
        lines = max(1, self.names.count()) * self.names.sizeHintForRow(0)
        self.names.setFixedHeight(min(_LIST_HEIGHT, lines + 2 * self.names.fontMetrics().height()))

    def _refusal(self, name: str, reason: str, other: str) -> str:
        """A file that is left out, and why; the names of files stay as they are."""
        return f"{printable(name)}: {localised(Rejection(name, RejectionReason(reason), other).sentence)}"

    def _rows(self, seen: Previewed) -> Iterator[tuple[str, str]]:
        """Names and values of the facts."""
        number, count = self._number, sum(seen.kinds.values())
        kinds = self._counts(seen.kinds, self._kinds())
        yield self.tr("Documents"), f"{number(count)}  ({kinds})" if count else number(0)
        for language, counts in seen.languages.items():
            values = {name: number(value) for name, value in counts.items()}
            words = self.tr("{words} words and {characters} characters, in {documents} of them")
            yield self._languages()[language], words.format(**values)
        if seen.tokens:
            yield self.tr("To learn"), self.tr("{tokens} tokens").format(tokens=number(seen.tokens))
            held_out = self.tr("{documents} of them").format(documents=number(seen.held_out))
            yield self.tr("Held out for the proof"), held_out
        yield self.tr("Since the last training"), self._changes(seen)
        if seen.secrets:
            yield self.tr("Secrets taken out"), self._counts(seen.secrets, self._secrets())
        if seen.lines:
            yield self.tr("Repeated lines left out"), number(seen.lines)
        if seen.refusals:
            yield self.tr("Files left out"), number(len(seen.refusals))
        if not seen.obstacle:
            yield self.tr("On this computer"), self._estimate(seen)
            yield self.tr("Device"), localised(seen.why)

    def _changes(self, seen: Previewed) -> str:
        if seen.changes is None:
            return self.tr("nothing was learned from here yet")
        if not any(seen.changes.values()):
            return self.tr("nothing has changed")
        return self.tr("{new} new, {changed} changed, {gone} gone").format(**seen.changes)

    def _estimate(self, seen: Previewed) -> str:
        least, most = map(duration_text, seen.seconds)
        words = self.tr("{least} to {most}, with {memory} of memory ({free} are free)")
        return words.format(least=least, most=most, memory=size_text(seen.memory), free=size_text(seen.free))

    def _counts(self, counts: Mapping[str, int], names: Mapping[str, str]) -> str:
        return ", ".join(f"{self._number(count)} {names.get(name, name)}" for name, count in counts.items())

    def _number(self, value: int) -> str:
        return self.locale().toString(value)

    def _languages(self) -> dict[str, str]:
        return {"en": self.tr("In English"), "zh": self.tr("In Chinese")}

    def _kinds(self) -> dict[str, str]:
        return {
            "txt": self.tr("text"),
            "md": "Markdown",
            "docx": "Word",
            "odt": "OpenDocument",
            "rtf": "RTF",
            "html": self.tr("web page"),
            "epub": "EPUB",
            "fb2": "FB2",
            "tex": "LaTeX",
            "org": "Org",
            "rst": "reStructuredText",
            "pdf": "PDF",
        }

    def _secrets(self) -> dict[str, str]:
        return {
            "private key": self.tr("private key"),
            "token": self.tr("token"),
            "password": self.tr("password"),
            "card number": self.tr("card number"),
            "identity number": self.tr("identity number"),
            "long number": self.tr("long number"),
        }

    def _fill(self, rows: list[tuple[str, str]]) -> None:
        while len(self.facts) < len(rows):
            name, value = Label(), Label(wordWrap=True)
            name.setProperty("tone", "muted")
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self.facts.append((name, value))
            self._grid.addWidget(name, len(self.facts), 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, len(self.facts), 1)
        for place, (name, value) in enumerate(self.facts):
            shown = place < len(rows)
            for label, text in zip((name, value), rows[place] if shown else ("", ""), strict=True):
                label.setText(text)
                label.setVisible(shown)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self._progress)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        progress = QVBoxLayout()
        progress.setSpacing(6)
        progress.addWidget(self.stage)
        progress.addWidget(self.bar)
        row.addLayout(progress, 1)
        row.addWidget(self.stop, 0, Qt.AlignmentFlag.AlignBottom)
        self._grid = QGridLayout(self._table)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(20)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.learn)
        buttons.addWidget(self.again)
        buttons.addWidget(self.show_names)
        buttons.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self.heading, self._progress, self._table, self.sentence):
            column.addWidget(widget)
        column.addLayout(buttons)
        column.addWidget(self.names)
