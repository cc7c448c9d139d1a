"""The open documents, of which the editor shows one; each keeps its undo stack, cursor and scroll."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QTextCursor, QTextDocument

from writer.app.documents.document import Document
from writer.documents.file_name import title_of
from writer.documents.journal.records import View
from writer.ui.editor.edit_recorder import EditRecorder
from writer.ui.editor.editor import Editor
from writer.ui.editor.extensions import DocumentIdentity
from writer.ui.editor.text_document import plain_text

_VIEW_DELAY_MS = 1000
"""The time for which the cursor must rest before the view is saved."""


class OpenDocument:
    """An open document: the editor's `text`, and the `document` with its file and journal."""

    def __init__(self, text: QTextDocument, document: Document, editor: Editor) -> None:
        self.text = text
        self.document = document
        self.recorder = EditRecorder(text, document, editor.origin_of_change)
        self.view = View()
        """The cursor and scroll position when it was last shown."""
        self.suggestions_off = False
        """Whether suggestions are shown on explicit request only."""

    @property
    def title(self) -> str:
        """The file's name without folder and extension, "" where there is no file."""
        return title_of(self.document.name)

    @property
    def blank(self) -> bool:
        """Whether it has neither a file nor text, so that another document may replace it."""
        return self.document.path is None and self.text.isEmpty()

    @property
    def unsaved(self) -> bool:
        """Whether it has unsaved text."""
        nothing = self.document.path is None and self.text.isEmpty()
        return self.text.isModified() and not nothing

    def whole_text(self) -> str:
        """The text; lines end with a newline character."""
        return plain_text(self.text)


class OpenDocuments(QObject):
    """The open documents of `editor`, at least one. `make_document` makes the Document of a new one."""

    list_changed = Signal()
    """The list, its order, or a name or state in it changed."""

    current_changed = Signal()
    """Another document, or another text, is in the editor."""

    def __init__(self, editor: Editor, make_document: Callable[[], Document]) -> None:
        super().__init__(editor)
        self._editor = editor
        self.make_document = make_document
        self.all: list[OpenDocument] = [self._open(editor.document())]
        self.current = self.all[0]
        editor.set_identity(self._identity)
        self._view_timer = QTimer(self, singleShot=True, interval=_VIEW_DELAY_MS)
        self._view_timer.timeout.connect(self.save_view)
        editor.moved.connect(self._view_timer.start)
        editor.verticalScrollBar().valueChanged.connect(lambda _: self._view_timer.start())

    def add(self) -> OpenDocument:
        """Add an empty document behind the current one, and show it."""
        opened = self._open(self._editor.make_document())
        self.all.insert(self.all.index(self.current) + 1, opened)
        self.show(opened)
        return opened

    def add_restored(
        self, document: Document, text: str, view: View, before_current: bool = False, modified: bool = True
    ) -> None:
        """Add a document that is in a journal already.

        It replaces the current document where that is blank. Otherwise it is inserted before the current one
        or at the end, and not shown. The caller emits `list_changed` after one or several.
        """
        current = self.current
        opened = self._open(self._editor.make_document(), document)
        opened.recorder.paused = True
        opened.text.setPlainText(text)
        opened.text.setModified(modified)
        opened.recorder.paused = False
        opened.recorder.start_again()
        opened.view = view
        if current.blank:
            self.all[self.all.index(current)] = opened
            self.current = opened
            self._editor.show_document(opened.text)
            self._restore_view(view)
            current.text.deleteLater()
            current.document.deleteLater()
            self.emit_current_changed()
        else:
            self.all.insert(self.all.index(current) if before_current else len(self.all), opened)

    def show(self, opened: OpenDocument) -> None:
        """Show a document with its cursor and scroll position."""
        if opened is not self.current:
            self.save_view()
            self.current = opened
            self._editor.show_document(opened.text)
            self._restore_view(opened.view)
        self.list_changed.emit()
        self.emit_current_changed()

    def step(self, by: int) -> None:
        """Show the document `by` places further, cyclically."""
        self.show(self.all[(self.all.index(self.current) + by) % len(self.all)])

    def move(self, opened: OpenDocument, index: int) -> None:
        """Move a document to another index."""
        self.all.remove(opened)
        self.all.insert(min(max(0, index), len(self.all)), opened)
        self.list_changed.emit()

    def remove(self, opened: OpenDocument) -> None:
        """Remove a document; its neighbour is shown, or an empty document."""
        if len(self.all) == 1:
            self.add()
        elif opened is self.current:
            index = self.all.index(opened)
            self.show(self.all[index + 1] if index + 1 < len(self.all) else self.all[index - 1])
        self.all.remove(opened)
        opened.text.deleteLater()
        opened.document.deleteLater()
        self.list_changed.emit()

    def with_path(self, path: Path) -> OpenDocument | None:
        """The document of a file, None where it is not open."""
        return next((opened for opened in self.all if opened.document.path == path), None)

    def load(self, text: str) -> None:
        """Replace the text of the current document by one that is in its journal already."""
        self.current.recorder.paused = True
        self._editor.set_text(text)
        self.current.recorder.paused = False
        self.current.recorder.start_again()
        self.emit_current_changed()

    def save_view(self) -> View:
        """The cursor and scroll position of the current document, saved in its journal."""
        cursor, bar = self._editor.textCursor(), self._editor.verticalScrollBar()
        view = View(cursor.position(), cursor.anchor(), bar.value())
        if view != self.current.view:
            self.current.view = view
            self.current.document.view(view)
        return view

    def _restore_view(self, view: View) -> None:
        """Set cursor and scroll position."""
        last = self._editor.document().characterCount() - 1
        cursor = self._editor.textCursor()
        cursor.setPosition(min(view.anchor, last))
        cursor.setPosition(min(view.cursor, last), QTextCursor.MoveMode.KeepAnchor)
        self._editor.setTextCursor(cursor)
        self._editor.verticalScrollBar().setValue(view.scroll)
        self._editor.ensureCursorVisible()

    def order(self) -> tuple[tuple[str, ...], str]:
        """The names of the documents' journals in their order, and that of the current one."""
        names = (opened.document.journal_name for opened in self.all)
        return tuple(name for name in names if name), self.current.document.journal_name

    def emit_current_changed(self) -> None:
        """Emit `current_changed`."""
        self.current_changed.emit()

    def _identity(self) -> DocumentIdentity:
        opened = self.current
        return DocumentIdentity(opened.title, opened.document.id, opened.suggestions_off)

    def _open(self, text: QTextDocument, document: Document | None = None) -> OpenDocument:
        opened = OpenDocument(text, document or self.make_document(), self._editor)
        opened.document.renamed.connect(self.list_changed)
        text.modificationChanged.connect(self.list_changed)
        return opened
