"""The page of the models: get, cancel, resume, use, export, remove, and import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from writer.app.models.model_service import ModelService
from writer.base.errors import Message
from writer.base.printable import printable
from writer.base.progress import Progress
from writer.models.library import overview
from writer.models.library.overview import ModelSummary
from writer.models.terms import Terms
from writer.ui.common.dialogs import Confirmation, confirm, file_dialog
from writer.ui.common.translation import Retranslated, localised
from writer.ui.common.widgets import Label
from writer.ui.settings_pages.model_list import ModelList
from writer.ui.settings_pages.model_row import ModelRow
from writer.ui.settings_pages.terms_dialog import TermsDialog
from writer.ui.settings_pages.token_box import TokenBox

if TYPE_CHECKING:
    from writer.engine.gguf_export.gguf_tensor import Storage

GGUF = ".gguf"


class ModelsBox(Retranslated, QWidget):
    """The list of all models, and the ways to add others; updated by `model_service`."""

    def __init__(self, model_service: ModelService) -> None:
        super().__init__()
        self._model_service = model_service
        self._list = ModelList(self._row)
        self.rows = self._list.rows
        """The rows by model id."""
        self.heading = Label()
        self.heading.setProperty("tone", "title")
        self.error = Label(wordWrap=True)
        self.error.hide()
        self.error.setProperty("tone", "warning")
        self.name = QLineEdit()
        self.get = QPushButton(autoDefault=False)
        self.folder = QPushButton(autoDefault=False)
        self.file = QPushButton(autoDefault=False)
        self.token_box = TokenBox(model_service)
        self._lay_out()
        self._connect()
        self.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Rebuild the list."""
        summaries = self._model_service.summaries()
        starting = self._model_service.jobs.keys() - {summary.id for summary in summaries}
        shown = (ModelSummary(name, name, name, overview.STOPPED, (), 0, "", "") for name in starting)
        self._list.show_summaries((*shown, *summaries), self.name)

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.heading.setText(self.tr("Models"))
        self.name.setPlaceholderText(self.tr("owner/name of another model of the Hub"))
        self.name.setAccessibleName(self.tr("Another model of the Hub"))
        self.get.setText(self.tr("Get"))
        self.folder.setText(self.tr("Import folder…"))
        self.file.setText(self.tr("Import file…"))

    def _row(self, summary: ModelSummary) -> ModelRow:
        row = ModelRow(summary)
        row.get_requested.connect(lambda: self._get(summary.name, summary.title))
        row.stop_requested.connect(lambda: self._model_service.stop(summary.id))
        row.use_requested.connect(lambda: self._model_service.use(summary))
        row.remove_requested.connect(lambda: self._confirm_removal(summary))
        row.export_requested.connect(lambda: self._choose_export_path(summary))
        row.show_progress(self._model_service.jobs.get(summary.id))
        return row

    def _get(self, name: str, title: str = "") -> None:
        self.error.hide()
        terms = self._model_service.terms_to_accept(name)
        if terms is None:
            self._model_service.get(name)
            return
        dialog = TermsDialog(self, title or name, terms.text)
        dialog.accepted.connect(lambda: self._accept(terms, name))
        dialog.open()

    def _accept(self, terms: Terms, name: str) -> None:
        self._model_service.accept_terms(terms)
        self._model_service.get(name)

    def _get_named(self) -> None:
        if self.name.text().strip():
            self._get(self.name.text().strip())
            self.name.clear()

    def _import(self, path: str) -> None:
        self.error.hide()
        self._model_service.import_model(Path(path))

    def _show_error(self, sentence: Message) -> None:
        self.error.setText(localised(sentence))
        self.error.show()

    def _show_progress(self, name: str, progress: Progress) -> None:
        if name in self.rows:
            self.rows[name].show_progress(progress)

    def _confirm_removal(self, summary: ModelSummary) -> None:
        question = self.tr("Remove “{name}” from this computer?").format(name=printable(summary.title))
        confirmation = Confirmation(self.tr("Remove model"), question, self.tr("Remove"))
        confirm(self, confirmation, lambda: self._model_service.remove(summary))

    def _choose_export_path(self, summary: ModelSummary) -> None:
        kinds: dict[str, Storage | None] = {self.tr("Archive for Writer (*.zip)"): None}
        if not summary.masked:
            kinds[self.tr("GGUF for other programs, smaller (*.gguf)")] = "Q8_0"
            kinds[self.tr("GGUF for other programs, more exact (*.gguf)")] = "F16"
        chooser = file_dialog(self, self.tr("Share model"), f"{summary.id}.zip")
        chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        chooser.setNameFilters(list(kinds))
        chooser.setDefaultSuffix("zip")

        def rename(kind: str) -> None:
            suffix = "zip" if kinds.get(kind) is None else "gguf"
            chooser.setDefaultSuffix(suffix)
            chooser.selectFile(f"{summary.id}.{suffix}")

        def export(path: str) -> None:
            self.error.hide()
            storage = kinds.get(chooser.selectedNameFilter())
            if storage is not None or Path(path).suffix.lower() == GGUF:
                self._model_service.export_gguf(summary, _gguf_path(Path(path)), storage or "Q8_0")
            else:
                self._model_service.export_model(summary, Path(path))

        chooser.filterSelected.connect(rename)
        chooser.fileSelected.connect(export)
        chooser.finished.connect(chooser.deleteLater)
        chooser.open()

    def _choose(self, mode: QFileDialog.FileMode, title: str) -> None:
        chooser = file_dialog(self, title)
        chooser.setFileMode(mode)
        if mode == QFileDialog.FileMode.ExistingFile:
            chooser.setNameFilter(self.tr("Models (*.gguf *.zip)"))
        chooser.fileSelected.connect(self._import)
        chooser.finished.connect(chooser.deleteLater)
        chooser.open()

    def _connect(self) -> None:
        self._model_service.changed.connect(self.refresh)
        self._model_service.progressed.connect(self._show_progress)
        self._model_service.failed.connect(self._show_error)
        self.name.returnPressed.connect(self._get_named)
        self.get.clicked.connect(self._get_named)
        modes = QFileDialog.FileMode
        self.folder.clicked.connect(lambda: self._choose(modes.Directory, self.tr("Import folder")))
        self.file.clicked.connect(lambda: self._choose(modes.ExistingFile, self.tr("Import file")))

    def _lay_out(self) -> None:
        other = QHBoxLayout()
        other.addWidget(self.name, 1)
        other.addWidget(self.get)
        bring = QHBoxLayout()
        bring.addWidget(self.folder)
        bring.addWidget(self.file)
        bring.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.heading)
        column.addWidget(self.error)
        column.addWidget(self._list)
        column.addLayout(other)
        column.addLayout(bring)
        column.addWidget(self.token_box)


def _gguf_path(path: Path) -> Path:
    """The path with the ending of GGUF, in place of that of an archive."""
    if path.suffix.lower() == GGUF:
        return path
    return path.with_suffix(GGUF) if path.suffix.lower() == ".zip" else path.with_name(path.name + GGUF)
