"""The list of personal models and of their base models."""

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
    """The personal models, newest first, then their bases; hidden without personal models."""

    def __init__(self, model_service: ModelService) -> None:
        super().__init__()
        self._model_service = model_service
        self._list = ModelList(self._row)
        self.rows = self._list.rows
        """The rows by model id."""
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
        """Rebuild the list."""
        installed = [summary for summary in self._model_service.summaries() if summary.state == overview.HERE]
        personal = sorted(
            (summary for summary in installed if summary.base), key=lambda summary: summary.id, reverse=True
        )
        bases = {summary.base for summary in personal}
        base_models = (summary for summary in installed if not summary.base and summary.id in bases)
        self._list.show_summaries((*personal, *base_models), self)
        self.setVisible(bool(personal))

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.heading.setText(self.tr("Personal models"))

    def _row(self, summary: ModelSummary) -> ModelRow:
        row = ModelRow(summary)
        row.use_requested.connect(lambda: self._model_service.use(summary))
        row.remove_requested.connect(lambda: self._confirm_removal(summary))
        row.button("share").hide()
        row.button("remove").setVisible(bool(summary.base))
        return row

    def _confirm_removal(self, summary: ModelSummary) -> None:
        question = self.tr("Delete “{name}”, and everything made from it?").format(
            name=printable(summary.title)
        )
        confirmation = Confirmation(self.tr("Delete personal model"), question, self.tr("Delete"))
        confirm(self, confirmation, lambda: self._model_service.remove(summary))
