"""A side panel with the texts of a folder."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from writer.app.project.listing import Listing
from writer.base.printable import printable
from writer.documents.project.text_headings import TextHeading
from writer.ui.common.translation import Retranslated
from writer.ui.common.widgets import Label, plain_tooltip
from writer.ui.panels.project.project_tree import ProjectTree
from writer.ui.panels.project.text_tree_model import TextTreeModel

_WIDTH, _LEAST = 248, 120


class ProjectPanel(Retranslated, QWidget):
    """A title with the folder's name, and the tree of its texts."""

    chosen = Signal(str, object)
    """The name of the text to open, and its TextHeading to go to, or None."""

    dismissed = Signal()
    """The focus shall return to the editor."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("project")
        self.hide()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Expanding)
        self.setMinimumWidth(_LEAST)
        self.model = TextTreeModel(self)
        self.tree = ProjectTree(self.model)
        self.tree.setExpandsOnDoubleClick(False)  # the first click has unfolded already
        self.tree.clicked.connect(self._choose)
        self.tree.installEventFilter(self)
        self._title = Label()
        self._empty = Label(wordWrap=True, alignment=Qt.AlignmentFlag.AlignTop)
        self._empty.setContentsMargins(8, 4, 8, 4)
        for label in (self._title, self._empty):
            label.setProperty("tone", "muted")
        self._problem = ""
        self._lay_out()
        self.retranslate()

    def sizeHint(self) -> QSize:
        """The width in a window that has room."""
        return QSize(_WIDTH, super().sizeHint().height())

    def show_listing(self, listing: Listing) -> None:
        """Set the list; what was unfolded and marked stays so. Nothing happens where it is the same."""
        self._problem = ""
        if listing != self.model.listing:
            unfolded, marked = self._unfolded(), self.marked()
            self.model.show(listing)
            for name in unfolded:
                self.tree.expand(self.model.index_of(name))
            self.mark(marked)
        self.retranslate()

    def show_problem(self, text: str) -> None:
        """Show a sentence in place of the list."""
        self._problem = text
        self.retranslate()

    def set_headings(self, name: str, headings: tuple[TextHeading, ...]) -> None:
        """Insert the headings that the model asked for."""
        self.model.set_headings(name, headings)

    def marked(self) -> str:
        """The name of the marked text or subfolder, "" where none is marked."""
        index = self.tree.currentIndex()
        return self.model.entry(index).name if index.isValid() else ""

    def mark(self, name: str) -> None:
        """Mark a text, if it is in the list."""
        index = self.model.index_of(name)
        if index.isValid() and name != self.marked():
            self.tree.setCurrentIndex(index)

    def retranslate(self) -> None:
        """See `Retranslated`."""
        folder = printable(self.model.listing.folder.name or self.model.listing.folder)
        self._title.setText(folder)
        self._title.setToolTip(plain_tooltip(printable(self.model.listing.folder)))
        self.tree.setAccessibleName(self.tr("Texts of the folder {folder}").format(folder=folder))
        empty = self.tr("There are no texts in this folder yet.")
        if not self.model.listing.complete:
            empty = self.tr("This folder is too large to show; choose one inside it.")
        self._empty.setText(self._problem or empty)
        self._stack.setCurrentIndex(0 if self.model.rowCount() and not self._problem else 1)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Choose on Return, return to the text on Esc."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self.dismissed.emit()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose(self.tree.currentIndex())
                return True
        return super().eventFilter(watched, event)

    def _choose(self, index: QModelIndex) -> None:
        """Open the text at an index, or fold or unfold the subfolder there."""
        if not index.isValid():
            return
        entry = self.model.entry(index)
        if entry.is_folder:
            self.tree.setExpanded(index, not self.tree.isExpanded(index))
        else:
            self.chosen.emit(entry.name, self.model.heading(index))

    def _unfolded(self) -> list[str]:
        """The names of the unfolded entries."""
        entries = self.model.listing.tree.entries
        return [entry.name for entry in entries if self.tree.isExpanded(self.model.index_of(entry.name))]

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self.tree)
        self._stack.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 14, 8, 8)
        self._title.setContentsMargins(8, 0, 0, 4)
        column.addWidget(self._title)
        column.addWidget(self._stack, 1)
