"""The text widget's exchange with other programs: text goes out plain, and comes in clean.

Rich text that was pasted or dropped is emitted, so that it can be converted elsewhere; until it is inserted,
its cursor marks the place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import QDropEvent, QGuiApplication, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from writer.documents.authorship.origin import Origin
from writer.text.plain_text import clean_text
from writer.text.utf16 import utf16_length
from writer.ui.editor.text_document import selected_text

_MAX_HTML = 4 << 20
"""The most characters of HTML that are converted."""

_RTF = ("text/rtf", "application/rtf", "text/richtext")

_MARKUP = re.compile(
    r"<(?:h[1-6]|b|strong|i|em|a|ul|ol|table|blockquote|code|pre|del|s|strike|img|su[bp]|hr)[\s>]"
    r"|font-weight:\s*(?:bold|[6-9]00)|font-style:\s*italic",
    re.IGNORECASE,
)
"""What Markdown can hold. Without any of it the plain text is better: code editors colour it in HTML."""

_MARKUP_WITHIN = 200_000
"""The characters in which it is looked for."""

_LINE_END = re.compile(r"<(?:br|hr|/p|/div|/li|/tr|/h\d)[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class RichText:
    """Rich text to be inserted at `cursor`, in place of its selection. `plain` is the same without markup.

    `content` is HTML, or RTF where `is_rtf`.
    """

    content: str
    is_rtf: bool
    plain: str
    cursor: QTextCursor


class ClipboardEdit(QPlainTextEdit):
    """A plain text widget that reads the clipboard with care."""

    rich_pasted = Signal(object)
    """The RichText that was pasted or dropped, where `set_takes_rich` allows it."""

    selection_copied = Signal(int, int, str)
    """The start and end of a selection that goes to the clipboard or is dragged, and its text."""

    _takes_rich: Callable[[], bool] | None = None

    change_origin: Origin | None = None
    """The origin of all text that is being inserted; None where it is typed, and what stays keeps its own."""

    change_place: tuple[int, int] | None = None
    """The start and length (UTF-16) of what is pasted: Qt may tell the change of the whole paragraph."""

    restores = False
    """Whether what stays keeps its own origin, although there is one for what is inserted."""

    def origin_of_change(self) -> tuple[Origin | None, tuple[int, int] | None, bool]:
        """`change_origin`, `change_place` and `restores`."""
        return self.change_origin, self.change_place, self.restores

    @contextmanager
    def changes_from(self, origin: Origin, restores: bool = False) -> Iterator[None]:
        """Let the text that is inserted inside have an origin."""
        before, self.change_origin, self.restores = self.change_origin, origin, restores
        try:
            yield
        finally:
            self.change_origin, self.restores = before, False
            if before is None:
                self.change_place = None

    def set_takes_rich(self, takes_rich: Callable[[], bool]) -> None:
        """Set the function that tells whether rich text is emitted, or its plain text inserted."""
        self._takes_rich = takes_rich

    def paste_plain(self) -> None:
        """Insert the clipboard's text without its markup."""
        source = QGuiApplication.clipboard().mimeData()
        if source is not None:
            self._insert_plain(plain_of(source))

    def createMimeDataFromSelection(self) -> QMimeData:
        """The selected text alone; Qt would add HTML with this window's font, and lose no-break spaces."""
        cursor, data = self.textCursor(), QMimeData()
        text = selected_text(cursor)
        data.setText(text)
        self.selection_copied.emit(cursor.selectionStart(), cursor.selectionEnd(), text)
        return data

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Accept rich text without a plain form, too."""
        return source.hasText() or source.hasHtml() or any(map(source.hasFormat, _RTF))

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Insert text, or emit rich text."""
        takes_rich = self._takes_rich is not None and not self.isReadOnly() and self._takes_rich()
        html = source.html() if takes_rich and source.hasHtml() else ""
        rtf = _rtf(source) if takes_rich and not source.hasHtml() else ""
        if rtf or (0 < len(html) <= _MAX_HTML and has_markup(html)):
            self.rich_pasted.emit(RichText(html or rtf, bool(rtf), plain_of(source), self.textCursor()))
        else:
            self._insert_plain(plain_of(source))

    def dropEvent(self, event: QDropEvent) -> None:
        """Insert what is dropped; text that is moved within this one keeps its origin."""
        if event.source() is self.viewport():
            super().dropEvent(event)
        else:
            with self.changes_from(Origin.PASTED):  # the change is told when all of it is done
                super().dropEvent(event)

    def _insert_plain(self, text: str) -> None:
        data = QMimeData()
        data.setText(text)
        with self.changes_from(Origin.PASTED):
            self.change_place = self.textCursor().selectionStart(), utf16_length(text)
            super().insertFromMimeData(data)
        self.ensureCursorVisible()


def _rtf(source: QMimeData) -> str:
    """The RTF of data, which is ASCII; "" where there is none, or too much."""
    found = next((name for name in _RTF if source.hasFormat(name)), "")
    data = bytes(source.data(found).data()) if found else b""
    return data.decode("latin-1") if len(data) <= _MAX_HTML else ""


def plain_of(source: QMimeData) -> str:
    """The text of data without its markup."""
    text = clean_text(source.text())
    if text or not source.hasHtml():
        return text
    return clean_text(unescape(_TAG.sub("", _LINE_END.sub("\n", source.html()[:_MAX_HTML])))).strip("\n")


def has_markup(html: str) -> bool:
    """Whether HTML has something that Markdown can hold."""
    return _MARKUP.search(html, 0, _MARKUP_WITHIN) is not None
