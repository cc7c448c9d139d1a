"""A list of model rows that is rebuilt at each change and keeps the focus."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from writer.models.library.overview import ModelSummary
from writer.ui.common.widgets import separator
from writer.ui.settings_pages.model_row import ModelRow


class ModelList(QWidget):
    """`make` gives the row for a line, its signals connected."""

    def __init__(self, make: Callable[[ModelSummary], ModelRow]) -> None:
        super().__init__()
        self._make = make
        self.rows: dict[str, ModelRow] = {}
        """By the model's id."""
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def show_lines(self, lines: Iterable[ModelSummary], otherwise: QWidget) -> None:
        """Show these. What has the keys keeps them where it is still there, else `otherwise` gets them."""
        focus = self._focused()
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.rows.clear()
        for line in lines:
            if self.rows:
                self._add(separator())
            self.rows[line.id] = self._make(line)
            self._add(self.rows[line.id])
        if focus and focus[0] in self.rows:
            button = self.rows[focus[0]].button(focus[1])
            (button if button.isVisibleTo(self) else otherwise).setFocus()

    def _add(self, widget: QWidget) -> None:
        """Put a widget below the others, shown at once and not only when the loop runs again."""
        self._column.addWidget(widget)
        widget.show()

    def _focused(self) -> tuple[str, str] | None:
        for model_id, row in self.rows.items():
            for name in ("use", "get", "stop", "share", "remove"):
                if row.button(name).hasFocus():
                    return model_id, name
        return None
