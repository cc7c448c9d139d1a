"""The preview of a training: documents, words, rejected files with reasons, time and memory."""

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
from writer.corpus.document import Rejection, RejectionReason, by_kind
from writer.evaluation.documents import MIN_TEXTS
from writer.models.library.overview import duration_text, size_text
from writer.text.languages.names import language_name
from writer.training.events import Previewed, unlearned
from writer.ui.common.translation import Retranslated, localised
from writer.ui.common.widgets import Label, thin_progress_bar
from writer.ui.settings_pages.personalise.progress_box import STEPS, stage_text

_LIST_HEIGHT = 150


class PreviewBox(Retranslated, QWidget):
    """A view of a `PreviewState`."""

    stop_requested = Signal()
    """Cancel the preview."""

    refresh_requested = Signal()
    """Repeat the preview."""

    start_requested = Signal()
    """Start the training."""

    def __init__(self) -> None:
        super().__init__()
        self._preview = PreviewState()
        self._named = False
        self.heading = Label()
        self.heading.setProperty("tone", "title")
        self.stage = Label(wordWrap=True)
        self.bar = thin_progress_bar(STEPS)
        self.stop = QPushButton(autoDefault=False)
        self.stop.clicked.connect(self.stop_requested)
        self.sentence = Label(wordWrap=True)
        self.sentence.setProperty("tone", "warning")
        self.facts: list[tuple[Label, Label]] = []
        self.learn = QPushButton(autoDefault=False)
        self.learn.setEnabled(False)
        self.learn.clicked.connect(self.start_requested)
        self.again = QPushButton(autoDefault=False)
        self.again.clicked.connect(self.refresh_requested)
        self.show_names = QPushButton(autoDefault=False)
        self.show_names.setCheckable(True)
        self.show_names.setProperty("quiet", True)
        self.show_names.toggled.connect(self._show_names)
        self.names = QListWidget()
        self.names.setObjectName("matchList")
        self.names.setWordWrap(True)
        self.names.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._progress = QWidget()
        self._table = QWidget()
        self._lay_out()
        self.retranslate()

    def show_preview(self, preview: PreviewState, current: bool) -> None:
        """Show a state; `current` says whether it is of the current settings."""
        before, self._preview = self._preview, preview
        self.heading.setVisible(preview.request is not None)
        self._progress.setVisible(preview.is_alive)
        self.again.setVisible(preview.request is not None and not preview.is_alive)
        self.learn.setEnabled(current and preview.allows)
        self.stage.setText(stage_text(preview.stage))
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
        self.stage.setText(stage_text(self._preview.stage))
        self._show_result()

    def _show_result(self) -> None:
        result = self._preview.result
        sentence = result.obstacle if result else self._preview.sentence
        self.sentence.setText(localised(sentence))
        self.sentence.setVisible(bool(sentence))
        self._table.setVisible(result is not None)
        self._fill(list(self._rows(result)) if result is not None else [])
        self.names.clear()
        self.names.addItems(list(self._left_out(result)) if result is not None else [])
        self.show_names.setVisible(self.names.count() > 0)
        self._show_names(self.show_names.isChecked())

    def _show_names(self, visible: bool) -> None:
        """Show or hide the list of rejected files."""
        self.show_names.setText(self.tr("Hide what is left out") if visible else self.tr("What is left out"))
        self.names.setVisible(visible and self.names.count() > 0)
        lines = max(1, self.names.count()) * self.names.sizeHintForRow(0)
        self.names.setFixedHeight(min(_LIST_HEIGHT, lines + 2 * self.names.fontMetrics().height()))

    def _left_out(self, result: Previewed) -> Iterator[str]:
        """Each file that is not learned from, and why; the documents among them first."""
        for rejection in _rejections(result):
            yield f"{printable(rejection.name)}: {localised(rejection.sentence)}"
        for pair in (*result.shortened, *result.contained):
            yield self.tr("{name}: What also stands in {other} is left out of it.").format(
                name=printable(pair["name"]), other=printable(pair["other"])
            )
        for name in result.other_names:
            yield self.tr("{name}: It is no document.").format(name=printable(name))
        if (more := sum(result.others.values()) - len(result.other_names)) > 0:
            yield self.tr("and {count} other files").format(count=self._number(more))

    def _rows(self, result: Previewed) -> Iterator[tuple[str, str]]:
        """The names and values of the table."""
        number, count = self._number, sum(result.kinds.values())
        kinds = self._counts(result.kinds, self._kinds())
        yield self.tr("Documents"), f"{number(count)}  ({kinds})" if count else number(0)
        for language, counts in result.languages.items():
            values = {name: number(value) for name, value in counts.items()}
            words = self.tr("{words} words and {characters} characters, in {documents} of them")
            name = self.tr("In {language}").format(language=localised(language_name(language)))
            yield name, words.format(**values)
        yield from self._trainings(result)
        if result.tokens:
            yield (
                self.tr("To learn"),
                self.tr("{tokens} pieces of words").format(tokens=number(result.tokens)),
            )
            held_out = self.tr("{documents} of them; {share} of one, at most, is also learned").format(
                documents=number(result.held_out),
                share=f"{self.locale().toString(100 * result.overlap, 'f', 1)} %",
            )
            yield self.tr("Kept aside to test it"), held_out
            if result.proof_texts < MIN_TEXTS:
                few = self.tr(
                    "too few texts: {texts}, of at least {least}; the model will wait beside the other"
                )
                yield (
                    self.tr("A verdict"),
                    few.format(texts=number(result.proof_texts), least=number(MIN_TEXTS)),
                )
            if result.shortened:
                yield self.tr("Learned without what was kept aside"), number(len(result.shortened))
        if result.contained:
            yield self.tr("Learned without what others say, too"), number(len(result.contained))
        if result.own_addresses is not None:
            yield self.tr("Mails"), self._mails(result)
        yield self.tr("Since the last training"), self._changes(result)
        if result.secrets:
            yield self.tr("Secrets taken out"), self._counts(result.secrets, self._secrets())
        if result.lines:
            yield self.tr("Repeated lines left out"), number(result.lines)
        if result.refusals:
            yield self.tr("Files left out"), number(len(result.refusals))
            for kind in by_kind(_rejections(result))[0]:
                words = self.tr("{count} {ending} files")
                name = words.format(count=number(len(kind.names)), ending=printable(kind.ending))
                yield name, localised(kind.sentence)
        if result.others:
            yield self.tr("Other files"), self._counts(result.others, {"": self.tr("without an ending")})
        if not result.obstacle:
            yield self.tr("On this computer"), self._estimate(result)
            yield self.tr("Device"), localised(result.why)

    def _trainings(self, result: Previewed) -> Iterator[tuple[str, str]]:
        """Which model learns which language, and the languages that are not learned."""
        for training in result.trainings:
            about = self.tr("{base}, from {documents} texts with {words} words")
            yield (
                self.tr("Learns in {language}").format(language=localised(language_name(training.language))),
                about.format(
                    base=printable(training.base),
                    documents=self._number(training.documents),
                    words=self._number(training.words),
                ),
            )
        if len(result.trainings) > 1:
            yield self.tr("One after the other"), self.tr("each has a test and a verdict of its own")
        for language, reason in unlearned(result).items():
            few = reason == RejectionReason.TOO_FEW
            why = self.tr("too little text") if few else self.tr("the model does not write it")
            yield (
                self.tr("Not learned"),
                self.tr("{language}: {reason}").format(
                    language=localised(language_name(language)), reason=why
                ),
            )

    def _mails(self, result: Previewed) -> str:
        if not result.own_addresses:
            return self.tr("it is not known which are yours; say your addresses below")
        return self.tr("those from {addresses} are learned; written by somebody else: {count}").format(
            addresses=", ".join(map(printable, result.own_addresses)),
            count=self._number(result.mails_of_others),
        )

    def _changes(self, result: Previewed) -> str:
        if result.changes is None:
            return self.tr("nothing was learned from here yet")
        if not any(result.changes.values()):
            return self.tr("nothing has changed")
        return self.tr("{new} new, {changed} changed, {gone} gone").format(**result.changes)

    def _estimate(self, result: Previewed) -> str:
        least, most = map(duration_text, result.seconds)
        words = self.tr("{least} to {most}, with {memory} of memory ({free} are free)")
        return words.format(
            least=least, most=most, memory=size_text(result.memory), free=size_text(result.free)
        )

    def _counts(self, counts: Mapping[str, int], names: Mapping[str, str]) -> str:
        named = ((count, names.get(name, printable(name))) for name, count in counts.items())
        return ", ".join(f"{self._number(count)} {name}" for count, name in named)

    def _number(self, value: int) -> str:
        return self.locale().toString(value)

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
            "scriv": "Scrivener",
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
        for index, (name, value) in enumerate(self.facts):
            shown = index < len(rows)
            for label, text in zip((name, value), rows[index] if shown else ("", ""), strict=True):
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


def _rejections(result: Previewed) -> Iterator[Rejection]:
    return (
        Rejection(one["name"], RejectionReason(one["reason"]), one["other"], one.get("language", ""))
        for one in result.refusals
    )
