"""The list of personal models and of the base models to go back to."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from writer.app.models.model_service import ModelService
from writer.base.printable import printable
from writer.models.library import overview
from writer.models.library.overview import ModelSummary
from writer.ui.common.dialogs import Confirmation, confirm
from writer.ui.common.translation import Retranslated
from writer.ui.common.widgets import Label
from writer.ui.settings_pages.model_list import ModelList
from writer.ui.settings_pages.model_row import ModelRow


class Versions(Retranslated, QWidget):
    """Newest first, their bases last; hidden while there is no personal model."""

    def __init__(self, model_service: ModelService) -> None:
        super().__init__()
        self._model_service = model_service
        self._list = ModelList(self._row)
        self.rows = self._list.rows
        """By the model's id."""
        self.heading = Label()
        self.heading.setProperty("tone", "title")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.heading)
        column.addWidget(self._list)
        model_service.changed.connect(self.refresh)
        self.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Show the personal models that there are now."""
        here = [line for line in self._model_service.summaries() if line.state == overview.HERE]
        personal = sorted((line for line in here if line.base), key=lambda line: line.id, reverse=True)
        bases = {line.base for line in personal}
        grown = (line for line in here if not line.base and line.id in bases)
        self._list.show_lines((*personal, *grown), self)
        self.setVisible(bool(personal))

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.heading.setText(self.tr("Personal models"))

    def _row(self, line: ModelSummary) -> ModelRow:
        row = ModelRow(line)
        row.used.connect(lambda: self._model_service.use(line))
        row.removed.connect(lambda: self._ask_to_remove(line))
        row.button("share").hide()
        row.button("remove").setVisible(bool(line.base))
        return row

    def _ask_to_remove(self, line: ModelSummary) -> None:
        question = self.tr("Delete “{name}”, and everything made from it?").format(name=printable(line.title))
        what = Confirmation(self.tr("Delete personal model"), question, self.tr("Delete"))
        confirm(self, what, lambda: self._model_service.remove(line))
