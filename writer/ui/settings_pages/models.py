"""The page of the models: get, cancel, resume, use, export, remove, and import."""

from __future__ import annotations

from pathlib import Path

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
from writer.ui.common.dialogs import Confirmation, confirm, file_dialog
from writer.ui.common.translation import Retranslated, localised
from writer.ui.common.widgets import Label
from writer.ui.settings_pages.model_list import ModelList
from writer.ui.settings_pages.model_row import ModelRow


class ModelsBox(Retranslated, QWidget):
    """All models, and the ways to bring more. Lives as long as the page; follows `model_service`."""

    def __init__(self, model_service: ModelService) -> None:
        super().__init__()
        self._model_service = model_service
        self._list = ModelList(self._row)
        self.rows = self._list.rows
        """By the model's id."""
        self.heading = Label()
        self.heading.setProperty("tone", "title")
        self.trouble = Label(wordWrap=True)
        self.trouble.hide()
        self.trouble.setProperty("tone", "warning")
        self.name = QLineEdit()
        self.get = QPushButton(autoDefault=False)
        self.folder = QPushButton(autoDefault=False)
        self.file = QPushButton(autoDefault=False)
        self._lay_out()
        self._connect()
        self.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Show the models that there are now. What has the keys keeps them, where it is still there."""
        lines = self._model_service.summaries()
        begun = self._model_service.jobs.keys() - {line.id for line in lines}
        shown = (ModelSummary(name, name, name, overview.STOPPED, (), 0, "", "") for name in begun)
        self._list.show_lines((*shown, *lines), self.name)

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.heading.setText(self.tr("Models"))
        self.name.setPlaceholderText(self.tr("owner/name of another model of the Hub"))
        self.name.setAccessibleName(self.tr("Another model of the Hub"))
        self.get.setText(self.tr("Get"))
        self.folder.setText(self.tr("Import folder…"))
        self.file.setText(self.tr("Import file…"))

    def _row(self, line: ModelSummary) -> ModelRow:
        row = ModelRow(line)
        row.wanted.connect(lambda: self._get(line.name))
        row.stopped.connect(lambda: self._model_service.stop(line.id))
        row.used.connect(lambda: self._model_service.use(line))
        row.removed.connect(lambda: self._ask_to_remove(line))
        row.shared.connect(lambda: self._ask_where_to(line))
        row.show_progress(self._model_service.jobs.get(line.id))
        return row

    def _get(self, name: str) -> None:
        self.trouble.hide()
        self._model_service.get(name)

    def _get_named(self) -> None:
        if self.name.text().strip():
            self._get(self.name.text().strip())
            self.name.clear()

    def _take(self, path: str) -> None:
        self.trouble.hide()
        self._model_service.import_model(Path(path))

    def _tell(self, sentence: Message) -> None:
        self.trouble.setText(localised(sentence))
        self.trouble.show()

    def _note(self, name: str, progress: Progress) -> None:
        if name in self.rows:
            self.rows[name].show_progress(progress)

    def _ask_to_remove(self, line: ModelSummary) -> None:
        question = self.tr("Remove “{name}” from this computer?").format(name=printable(line.title))
        what = Confirmation(self.tr("Remove model"), question, self.tr("Remove"))
        confirm(self, what, lambda: self._model_service.remove(line))

    def _ask_where_to(self, line: ModelSummary) -> None:
        chooser = file_dialog(self, self.tr("Share model"), f"{line.id}.zip")
        chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        chooser.setDefaultSuffix("zip")
        chooser.fileSelected.connect(lambda path: self._model_service.export_model(line, Path(path)))
        chooser.finished.connect(chooser.deleteLater)
        chooser.open()

    def _choose(self, mode: QFileDialog.FileMode, title: str) -> None:
        chooser = file_dialog(self, title)
        chooser.setFileMode(mode)
        if mode == QFileDialog.FileMode.ExistingFile:
            chooser.setNameFilter(self.tr("Models (*.gguf *.zip)"))
        chooser.fileSelected.connect(self._take)
        chooser.finished.connect(chooser.deleteLater)
        chooser.open()

    def _connect(self) -> None:
        self._model_service.changed.connect(self.refresh)
        self._model_service.progressed.connect(self._note)
        self._model_service.failed.connect(self._tell)
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
        column.addWidget(self.trouble)
        column.addWidget(self._list)
        column.addLayout(other)
        column.addLayout(bring)
