"""The open documents, of which the editor shows one; each keeps its undo steps, cursor and scroll."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QTextCursor, QTextDocument

from writer.app.documents.document import Document
from writer.documents.journal.records import View
from writer.ui.editor.edit_recorder import EditRecorder
from writer.ui.editor.editor import Editor
from writer.ui.editor.extensions import DocumentIdentity
from writer.ui.editor.text_document import plain_text

_REST_MS = 1000
"""How long the cursor rests until its place is kept."""


class OpenDocument:
    """One open text: the editor's `text`, and the `document` that knows where it lies."""

    def __init__(self, text: QTextDocument, document: Document) -> None:
        self.text = text
        self.document = document
        self.recorder = EditRecorder(text, document)
        self.view = View()
        """Where the writer was when it was shown last."""
        self.suggestions_off = False
        """Whether nothing is suggested here unless it is asked for."""

    @property
    def title(self) -> str:
        """The file's name without folder and ending, "" where there is none yet."""
        return Path(self.document.name).stem

    @property
    def blank(self) -> bool:
        """Whether another text may take its place: it has no name and no text."""
        return self.document.path is None and self.text.isEmpty()

    @property
    def unsaved(self) -> bool:
        """Whether it has what is not in its file."""
        nothing = self.document.path is None and self.text.isEmpty()
        return self.text.isModified() and not nothing

    def whole_text(self) -> str:
        """The text; lines end with a newline character."""
        return plain_text(self.text)


class OpenDocuments(QObject):
    """The pages of `editor`, at least one. `make_document` makes what a new page needs."""

    listed = Signal()
    """There are other pages, or in another order, or one has another name or state."""

    shown = Signal()
    """Another page, or another text, is in the editor."""

    def __init__(self, editor: Editor, make_document: Callable[[], Document]) -> None:
        super().__init__(editor)
        self._editor = editor
        self.make_document = make_document
        self.all: list[OpenDocument] = [self._page(editor.document())]
        self.current = self.all[0]
        editor.set_identity(self._identity)
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self.note_view)
        editor.moved.connect(self._rest.start)
        editor.verticalScrollBar().valueChanged.connect(lambda _: self._rest.start())

    def add(self) -> OpenDocument:
        """A new page behind the current one, shown."""
        page = self._page(self._editor.make_document())
        self.all.insert(self.all.index(self.current) + 1, page)
        self.show(page)
        return page

    def add_restored(
        self, document: Document, text: str, view: View, before_current: bool = False, modified: bool = True
    ) -> None:
        """A page for a document that its journal knows. It takes the place of the current page where that
        is blank; else it goes in front of it, or behind all others, and does not show. Emit `listed` after
        one or several.
        """
        current = self.current
        page = self._page(self._editor.make_document(), document)
        page.recorder.paused = True
        page.text.setPlainText(text)
        page.text.setModified(modified)
        page.recorder.paused = False
        page.view = view
        if current.blank:
            self.all[self.all.index(current)] = page
            self.current = page
            self._editor.show_document(page.text)
            self.look_at(view)
            current.text.deleteLater()
            current.document.deleteLater()
            self.tell_shown()
        else:
            self.all.insert(self.all.index(current) if before_current else len(self.all), page)

    def show(self, page: OpenDocument) -> None:
        """Show a page where it was left."""
        if page is not self.current:
            self.note_view()
            self.current = page
            self._editor.show_document(page.text)
            self.look_at(page.view)
        self.listed.emit()
        self.tell_shown()

    def step(self, by: int) -> None:
        """Show the page so many further on, in a circle."""
        self.show(self.all[(self.all.index(self.current) + by) % len(self.all)])

    def move(self, page: OpenDocument, place: int) -> None:
        """Put a page at another place."""
        self.all.remove(page)
        self.all.insert(min(max(0, place), len(self.all)), page)
        self.listed.emit()

    def remove(self, page: OpenDocument) -> None:
        """Take a page away; the one beside it shows, or a new one."""
        if len(self.all) == 1:
            self.add()
        elif page is self.current:
            place = self.all.index(page)
            self.show(self.all[place + 1] if place + 1 < len(self.all) else self.all[place - 1])
        self.all.remove(page)
        page.text.deleteLater()
        page.document.deleteLater()
        self.listed.emit()

    def of_path(self, path: Path) -> OpenDocument | None:
        """The page that shows a file."""
        return next((page for page in self.all if page.document.path == path), None)

    def load(self, text: str) -> None:
        """Show a text on the current page that its journal knows."""
        self.current.recorder.paused = True
        self._editor.set_text(text)
        self.current.recorder.paused = False
        self.tell_shown()

    def note_view(self) -> View:
        """Where the writer is in the current page; its journal knows it then, too."""
        cursor, bar = self._editor.textCursor(), self._editor.verticalScrollBar()
        view = View(cursor.position(), cursor.anchor(), bar.value())
        if view != self.current.view:
            self.current.view = view
            self.current.document.view(view)
        return view

    def look_at(self, view: View) -> None:
        """Put cursor and scroll bar where they were."""
        last = self._editor.document().characterCount() - 1
        cursor = self._editor.textCursor()
        cursor.setPosition(min(view.anchor, last))
        cursor.setPosition(min(view.cursor, last), QTextCursor.MoveMode.KeepAnchor)
        self._editor.setTextCursor(cursor)
        self._editor.verticalScrollBar().setValue(view.scroll)
        self._editor.ensureCursorVisible()

    def order(self) -> tuple[tuple[str, ...], str]:
        """The names of the pages' journals in their order, and that of the current page."""
        names = (page.document.journal_name for page in self.all)
        return tuple(name for name in names if name), self.current.document.journal_name

    def tell_shown(self) -> None:
        """Tell that another text is in the editor."""
        self.shown.emit()

    def _identity(self) -> DocumentIdentity:
        page = self.current
        return DocumentIdentity(page.title, page.document.id, page.suggestions_off)

    def _page(self, text: QTextDocument, document: Document | None = None) -> OpenDocument:
        page = OpenDocument(text, document or self.make_document())
        page.document.renamed.connect(self.listed)
        text.modificationChanged.connect(self.listed)
        return page
