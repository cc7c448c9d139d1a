"""The panel of the preview: the view, and one line above it where something must be said."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from writer.ui.common.translation import Retranslated
from writer.ui.common.widgets import Label
from writer.ui.panels.preview.preview_view import PreviewView
from writer.ui.panels.preview.rendering import Rendered


class PreviewPanel(Retranslated, QWidget):
    """A panel as wide as the text beside which it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("previewPanel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        policy.setHorizontalStretch(1)
        self.setSizePolicy(policy)
        self.view = PreviewView()
        self.note = Label(wordWrap=True)
        self.note.setProperty("tone", "muted")
        self.note.setContentsMargins(28, 10, 28, 4)
        self.note.hide()
        self._note: Callable[[], str] = str
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)  # the line at the left
        column.setSpacing(0)
        column.addWidget(self.note)
        column.addWidget(self.view, 1)
        self.setFocusProxy(self.view)
        self.retranslate()

    def show_rendered(self, rendered: Rendered, whole: bool) -> None:
        """Show a rendered excerpt; where it is not the `whole` text, the line above says so."""
        self.view.show_rendered(rendered)
        self.view.fit()
        self._say(str if whole else lambda: self.tr("The text is long; this is the part around the cursor."))

    def show_too_long(self) -> None:
        """Say that the paragraph of the cursor is too long; what was shown stays."""
        self._say(lambda: self.tr("This paragraph is too long to be previewed."))

    def show_failure(self) -> None:
        """Say that there is no preview; what was shown stays."""
        self._say(lambda: self.tr("This part cannot be previewed; it takes too long or too much memory."))

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.view.setAccessibleName(self.tr("Preview"))
        self.note.setText(self._note())

    def _say(self, note: Callable[[], str]) -> None:
        self._note = note
        self.retranslate()
        self.note.setVisible(bool(note()))
