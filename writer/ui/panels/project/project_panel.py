"""A side panel with the texts of a folder."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QToolButton, QVBoxLayout, QWidget

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

    new_requested = Signal()
    """A new text is wanted."""

    rename_requested = Signal()
    """The marked entry shall have another name or place."""

    delete_requested = Signal()
    """The marked entry shall go to the trash."""

    menu_requested = Signal(QPoint)
    """The menu of the marked entry is wanted at a place of the screen."""

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
        self._unfolded: set[str] = set()
        self.tree.expanded.connect(lambda index: self._note_unfolded(index, unfolded=True))
        self.tree.collapsed.connect(lambda index: self._note_unfolded(index, unfolded=False))
        self.tree.clicked.connect(self._choose)
        self.tree.installEventFilter(self)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(self._request_menu)
        self._title = Label()
        self._new = QToolButton()
        self._new.setText("+")
        self._new.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._new.clicked.connect(self.new_requested)
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
            marked = self.marked()
            self.model.show(listing)
            for name in tuple(self._unfolded):
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

    def marked_folder(self) -> str:
        """The name of the marked subfolder, or of that of the marked text; "" for the folder itself."""
        name = self.marked()
        return name if self.is_folder(name) else name.rpartition("/")[0]

    def is_folder(self, name: str) -> bool:
        """Whether an entry is a subfolder."""
        index = self.model.index_of(name)
        return index.isValid() and self.model.entry(index).is_folder

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
        self._new.setAccessibleName(self.tr("New Text"))
        self._new.setToolTip(self.tr("New text (Insert)"))
        empty = self.tr("There are no texts in this folder yet.")
        if not self.model.listing.complete:
            empty = self.tr("This folder is too large to show; choose one inside it.")
        self._empty.setText(self._problem or empty)
        self._stack.setCurrentIndex(0 if self.model.rowCount() and not self._problem else 1)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys of the list, also those that are shortcuts elsewhere."""
        if not isinstance(event, QKeyEvent) or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return super().eventFilter(watched, event)
        method = self._keys().get(Qt.Key(event.key()))
        if event.type() == QEvent.Type.ShortcutOverride and method is not None:
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress and method is not None:
            method()
            return True
        return super().eventFilter(watched, event)

    def _keys(self) -> dict[Qt.Key, Callable[[], object]]:
        """What each key does while the list has the focus."""
        key = Qt.Key
        return {
            **dict.fromkeys((key.Key_Return, key.Key_Enter), lambda: self._choose(self.tree.currentIndex())),
            key.Key_Escape: self.dismissed.emit,
            key.Key_F2: lambda: self._request(self.rename_requested),
            key.Key_Delete: lambda: self._request(self.delete_requested),
            key.Key_Insert: self.new_requested.emit,
        }

    def _request(self, signal: SignalInstance) -> None:
        """Emit a signal for the marked text or subfolder; headings are changed in the text."""
        index = self.tree.currentIndex()
        if index.isValid() and self.model.heading(index) is None:
            signal.emit()

    def _request_menu(self, place: QPoint) -> None:
        """Ask for the menu: at the mouse, or by a key below the marked entry."""
        self.menu_requested.emit(self.tree.viewport().mapToGlobal(place))

    def _choose(self, index: QModelIndex) -> None:
        """Open the text at an index, or fold or unfold the subfolder there."""
        if not index.isValid():
            return
        entry = self.model.entry(index)
        if entry.is_folder:
            self.tree.setExpanded(index, not self.tree.isExpanded(index))
        else:
            self.chosen.emit(entry.name, self.model.heading(index))

    def _note_unfolded(self, index: QModelIndex, unfolded: bool) -> None:
        """Remember which texts and subfolders are unfolded, for the next list."""
        name = self.model.entry(index).name
        self._unfolded.add(name) if unfolded else self._unfolded.discard(name)

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self.tree)
        self._stack.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 14, 8, 8)
        self._title.setContentsMargins(8, 0, 0, 4)
        top = QHBoxLayout()
        top.addWidget(self._title, 1)
        top.addWidget(self._new)
        column.addLayout(top)
        column.addWidget(self._stack, 1)
