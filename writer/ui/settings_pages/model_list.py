"""A list of model rows that is rebuilt at each change and keeps the focus."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from writer.models.library.overview import ModelSummary
from writer.ui.common.widgets import separator
from writer.ui.settings_pages.model_row import ModelRow


class ModelList(QWidget):
    """A list of model rows, which `make_row` makes and connects."""

    def __init__(self, make_row: Callable[[ModelSummary], ModelRow]) -> None:
        super().__init__()
        self._make_row = make_row
        self.rows: dict[str, ModelRow] = {}
        """The rows by model id."""
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def show_summaries(self, summaries: Iterable[ModelSummary], fallback: QWidget) -> None:
        """Rebuild the rows. A focused button keeps the focus; `fallback` gets it where it is gone."""
        focus = self._focused()
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.rows.clear()
        for summary in summaries:
            if self.rows:
                self._add(separator())
            self.rows[summary.id] = self._make_row(summary)
            self._add(self.rows[summary.id])
        if focus and focus[0] in self.rows:
            button = self.rows[focus[0]].button(focus[1])
            (button if button.isVisibleTo(self) else fallback).setFocus()

    def _add(self, widget: QWidget) -> None:
        """Append a widget, and show it at once instead of in the next turn of the loop."""
        self._column.addWidget(widget)
        widget.show()

    def _focused(self) -> tuple[str, str] | None:
        for model_id, row in self.rows.items():
            for name in ("use", "get", "stop", "share", "remove"):
                if row.button(name).hasFocus():
                    return model_id, name
        return None
