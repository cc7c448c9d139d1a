"""Following links: to footnotes and back, to headings, to other texts, and, after a question, to the web."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QTextCursor, QTextDocument

from writer.base.errors import UserError
from writer.documents.file_name import TEXT_ENDINGS
from writer.text.structure.links import (
    Destination,
    DestinationKind,
    Link,
    LinkKind,
    destination,
    heading_position,
    note_definition,
    note_references,
    reference_address,
)
from writer.text.utf16 import utf16_length
from writer.ui.common.translation import localised
from writer.ui.controllers.files import FileController
from writer.ui.controllers.links.link_opener import LinkOpener, shown
from writer.ui.editor.open_documents import OpenDocuments
from writer.ui.window.main_window import MainWindow


@dataclass(frozen=True, slots=True)
class _Origin:
    """The place of a reference to the footnote `name` that was followed."""

    name: str
    cursor: QTextCursor


class LinkFollower(QObject):
    """Follows links in the editor of `window`. What is not followed is said in the status bar."""

    def __init__(self, window: MainWindow, documents: OpenDocuments, files: FileController) -> None:
        super().__init__(window)
        self._window = window
        self._editor = window.editor
        self._documents = documents
        self._files = files
        self._opener = LinkOpener(window)
        self._origin: _Origin | None = None

    def is_definition(self, link: Link) -> bool:
        """Whether a link is the start of a footnote."""
        return link.kind is LinkKind.NOTE_DEFINITION

    def hint(self, link: Link) -> str:
        """What the mouse over a link shows: its address, if it stands there, and how it is followed."""
        how = self.tr("Ctrl and a click follow it.")
        return f"{shown(link.target)}\n{how}" if link.kind is LinkKind.ADDRESS else how

    def follow(self, link: Link, position: int) -> None:
        """Follow a link that begins at a position of the document."""
        try:
            if link.kind is LinkKind.NOTE:
                self._go_to_note(link.target, position)
            elif link.kind is LinkKind.NOTE_DEFINITION:
                self._go_back(link.target)
            else:
                self._go(self._destination(link))
        except UserError as error:
            self._window.status.show_message(localised(error))

    def _destination(self, link: Link) -> Destination:
        if link.kind is LinkKind.ADDRESS:
            return destination(link.target)
        address = reference_address(self._editor.text(), link.target)
        if address is None:
            raise UserError("This text has no address for “{name}”.", name=shown(link.target))
        return destination(address)

    def _go(self, found: Destination) -> None:
        if found.kind is DestinationKind.WEB:
            self._files.start(self._opener.ask_and_open(found.address))
        elif found.kind is DestinationKind.HEADING:
            self._go_to_heading(found.fragment)
        else:
            self._open_text(found)

    # Within the text

    def _go_to_note(self, name: str, position: int) -> None:
        text = self._editor.text()
        place = note_definition(text, name)
        if place is None:
            raise UserError("This text has no footnote “{name}”.", name=shown(name))
        origin = QTextCursor(self._editor.document())
        origin.setPosition(position)
        self._origin = _Origin(name, origin)
        self._show(text, place)

    def _go_back(self, name: str) -> None:
        """Go to the reference from which the footnote was reached, or to the first one."""
        text = self._editor.text()
        places = [utf16_length(text[:place]) for place in note_references(text, name)]
        if not places:
            raise UserError("Nothing refers to the footnote “{name}”.", name=shown(name))
        origin = self._origin
        came_from = _place(origin.cursor, self._editor.document()) if origin and origin.name == name else None
        self._set(came_from if came_from in places else places[0])

    def _go_to_heading(self, fragment: str) -> None:
        text = self._editor.text()
        place = heading_position(text, fragment) if fragment else 0
        if place is None:
            raise UserError("This text has no heading “{name}”.", name=shown(fragment))
        self._show(text, place)

    def _show(self, text: str, place: int) -> None:
        self._set(utf16_length(text[:place]))

    def _set(self, position: int) -> None:
        cursor = self._editor.textCursor()
        cursor.setPosition(position)
        self._editor.setTextCursor(cursor)
        self._editor.centre_line()
        self._editor.setFocus()

    # Elsewhere

    def _open_text(self, found: Destination) -> None:
        document = self._documents.current.document
        base = document.path or document.proposed_path
        if base is None:
            raise UserError("Save this text first: “{name}” lies beside it.", name=shown(found.path))
        path = Path(os.path.normpath(base.parent / found.path))
        if path.suffix.lower() not in TEXT_ENDINGS:
            raise UserError("A link opens texts alone, not “{name}”.", name=shown(found.path))
        self._files.open(path)
        if found.fragment:
            self._files.start(self._go_to_heading_of(path, found.fragment))

    async def _go_to_heading_of(self, path: Path, fragment: str) -> None:
        """Go to a heading of a text that was opened before."""
        if self._documents.current.document.path == path:
            try:
                self._go_to_heading(fragment)
            except UserError as error:
                self._window.status.show_message(localised(error))


def _place(cursor: QTextCursor, document: QTextDocument) -> int | None:
    """The position of a cursor; None where its document is not shown."""
    return cursor.position() if cursor.document() == document else None
