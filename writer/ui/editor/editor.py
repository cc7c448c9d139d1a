"""The text widget: a centred column of plain text, with ghost text behind the cursor.

It emits signals for typing, other edits, cursor moves and composition, and shows the suggestions it is given.
What to suggest and when is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QFocusEvent,
    QFont,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTextCursor,
    QTextDocument,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QMenu, QWidget

from writer.app.suggestions.cursor_state import CursorState
from writer.documents.authorship.origin import Origin
from writer.suggestions.context import MAX_AFTER, Context, window_start
from writer.suggestions.reasons import Reason
from writer.suggestions.suggestion import Suggestion
from writer.text.characters import is_emoji_sequence
from writer.text.language import language_of
from writer.text.utf16 import utf16_length
from writer.ui.editor.block_painting import decorate, paint_hint, paint_text, settled_blocks
from writer.ui.editor.clipboard_edit import ClipboardEdit
from writer.ui.editor.extensions import DocumentIdentity, EditorExtensions
from writer.ui.editor.ghost_text import GhostText
from writer.ui.editor.looks.line_layout import SpacedLayout, Spacing
from writer.ui.editor.margin_mouse import handle_margin_mouse
from writer.ui.editor.page import PAGE_MARGIN, apply_font, column_width, make_page, mark_room
from writer.ui.editor.selection import SelectionPainter
from writer.ui.editor.text_document import plain_text, selected_text, text_between
from writer.ui.editor.text_geometry import Decoration
from writer.ui.editor.typing.correction import correct_typed
from writer.ui.editor.typing.scrolling import centre_line, keep_free_lines, reveal_ghost
from writer.ui.editor.typing.typed_text import erased_kind, is_command, typed_text
from writer.ui.editor.typing.undo_steps import EditKind, UndoSteps

Modifier = Qt.KeyboardModifier


class Editor(ClipboardEdit):
    """A plain text editor for prose. All positions are Qt's (UTF-16); texts are Python's."""

    typed = Signal(str)
    """The text that was typed at the cursor by one key or one commit of an input method."""

    edited = Signal(str)
    """The text changed in any other way; the Reason to show no suggestion."""

    moved = Signal()
    """The cursor or the selection changed, but not the text."""

    interrupted = Signal(str)
    """The Reason why the ghost text must be hidden."""

    ghost_changed = Signal(bool)
    """Whether ghost text is shown."""

    switched = Signal()
    """Another document was set."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        document = self.make_document()
        self._layout = SpacedLayout.of(document)
        self.setDocument(document)
        self._ghost = GhostText()
        self._columns = 72
        self._spacing = Spacing()
        self._font = self.font()
        self._composing = False
        self._is_programmatic = False
        self._emitted_revision = 0
        self._revision = 0
        self._ghost_emitted = False
        self._scrolling = False
        self._steps = UndoSteps()
        self._is_reserved: Callable[[QKeySequence], bool] = lambda _keys: False
        self._get_identity: Callable[[], DocumentIdentity] = DocumentIdentity
        self._extensions = EditorExtensions()
        self._selection = SelectionPainter(self)
        self.backgrounds: list[Decoration] = []
        """The decorations painted behind the selection."""
        self.underlays: list[Decoration] = []
        """The decorations painted behind the text."""
        self.overlays: list[Decoration] = []
        """The decorations painted over the text."""
        self.menu_fillers: list[Callable[[QMenu, QTextCursor], None]] = []
        """Functions that insert actions for a cursor on top of the context menu."""
        self.key_handlers: list[Callable[[QKeyEvent], bool]] = []
        """Functions that may handle a key instead, and return whether they did; the last one comes first."""
        self.text_handlers: list[Callable[[str], bool]] = []
        """Functions that may handle typed or committed text instead, and return whether they did."""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setCursorWidth(2)
        self.set_font(self.font())
        document.contentsChange.connect(self._count_revision)
        self.textChanged.connect(self._emit_edited)
        self.cursorPositionChanged.connect(self._emit_moved)
        self.selectionChanged.connect(self._emit_selected)

    # State

    @property
    def revision(self) -> int:
        """The document's revision, increased by each change of the text."""
        return self._revision

    @property
    def identity(self) -> DocumentIdentity:
        """The identity of the shown document."""
        return self._get_identity()

    @property
    def ghost(self) -> str:
        """The ghost text, "" where none is shown."""
        return self._ghost.text

    def text(self) -> str:
        """The whole text; lines end with a newline character."""
        return plain_text(self.document())

    def cursor_state(self) -> CursorState:
        """The state at the cursor. Takes constant time, whatever the length of the document."""
        cursor = self.textCursor()
        position = cursor.position()
        end = self.document().characterCount() - 1
        before = self._between(window_start(position), position)
        after = self._between(position, min(end, position + MAX_AFTER))
        shown = self.identity
        return CursorState(
            Context(before, after, language_of(before), self._revision, shown.title, shown.document_id),
            composing=self._composing,
            selection=cursor.hasSelection(),
            read_only=self.isReadOnly(),
            suggestions_off=shown.suggestions_off,
        )

    def surrounding_text(self) -> tuple[str, int, int, int]:
        """The text around the cursor, the selection's start and end in it, and its own position."""
        cursor = self.textCursor()
        first, last = cursor.selectionStart(), cursor.selectionEnd()
        origin = window_start(first)
        before, inside = self._between(origin, first), self._between(first, last)
        after = self._between(last, min(self.document().characterCount() - 1, last + 2 * MAX_AFTER))
        return before + inside + after, len(before), len(before + inside), origin

    # Operations

    def make_document(self) -> QTextDocument:
        """An empty document that this editor can show. The caller owns it until it is shown."""
        return make_page(self)

    def show_document(self, document: QTextDocument) -> None:
        """Show a document of `make_document`, the cursor at its start. Raises TypeError for others."""
        layout = SpacedLayout.of(document)
        self.clear_ghost()
        self._composing = False
        self.document().contentsChange.disconnect(self._count_revision)
        with self._programmatic_change():
            self._revision += 1
            self._layout = layout
            apply_font(document, layout, self._font, self._spacing)
            self._set_column()
            self.setDocument(document)
            document.contentsChange.connect(self._count_revision)
        self.switched.emit()

    def set_text(self, text: str) -> None:
        """Replace the text of the document, without an undo step."""
        with self.changes_from(Origin.IMPORTED), self._programmatic_change():
            self.setPlainText(text)
        self.document().setModified(False)

    def set_font(self, font: QFont) -> None:
        """Set the font; its size also spaces lines and paragraphs."""
        self.clear_ghost()
        self._font = font
        self.setFont(font)
        apply_font(self.document(), self._layout, font, self._spacing)
        self._centre()

    def set_spacing(self, spacing: Spacing) -> None:
        """Set the distances of lines and paragraphs."""
        self._spacing = spacing
        self.set_font(self._font)

    def set_columns(self, columns: int) -> None:
        """Set the width of the column to about `columns` characters."""
        self._columns = columns
        self._centre()

    def set_reserved_keys(self, is_reserved: Callable[[QKeySequence], bool]) -> None:
        """Set the function that tells which keys are shortcuts of the window instead of text."""
        self._is_reserved = is_reserved

    def set_identity(self, identity: Callable[[], DocumentIdentity]) -> None:
        """Set the function that returns the identity of the shown document."""
        self._get_identity = identity

    def set_extensions(self, extensions: EditorExtensions) -> None:
        """Set the functions that replace typed text."""
        self._extensions = extensions

    def show_suggestion(self, suggestion: Suggestion) -> None:
        """Show a suggestion as ghost text if it is of the current revision, else hide it."""
        if not suggestion.text or suggestion.revision != self._revision or self._composing:
            self.clear_ghost()
            return
        self._ghost.show(
            self.textCursor(), suggestion.text, self.palette().color(QPalette.ColorRole.PlaceholderText)
        )
        reveal_ghost(self, self._layout)
        self._emit_ghost_changed()

    def clear_ghost(self) -> None:
        """Hide the ghost text."""
        self._ghost.clear()
        self._emit_ghost_changed()

    def write(self, text: str, replaced: tuple[int, int] | None = None) -> None:
        """Insert text that was typed, instead of the selection.

        `replaced`: the start, relative to the cursor, and the length of other text that it replaces.
        """
        self._ghost.clear()  # not in the layout while the block changes; the next suggestion emits
        start, revision = self.textCursor().selectionStart(), self._revision
        with self.changes_from(Origin.TYPED), self._programmatic_change():
            with self._undo_step(EditKind.TYPED, text) as cursor:
                if replaced:
                    cursor.removeSelectedText()
                    start = max(0, cursor.position() + replaced[0])
                    cursor.setPosition(start)
                    end = min(start + replaced[1], self.document().characterCount() - 1)
                    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
                cursor.insertText(text)
            if not self._composing:
                typed = self._revision
                start = correct_typed(self.textCursor(), start, self._extensions)
                self._steps.skip(typed, self._revision)  # what follows joins the correction
        if self._revision != revision:
            keep_free_lines(self, self._layout)
            self.typed.emit(self._between(start, self.textCursor().position()))

    def type_over(self, text: str) -> None:
        """Move the cursor over `text`, which stands behind it and was typed again."""
        self._ghost.clear()
        cursor = self.textCursor()
        cursor.setPosition(cursor.position() + utf16_length(text))
        with self._programmatic_change():
            self.setTextCursor(cursor)
        self._steps.end()
        self.typed.emit(text)

    def erase(self, kind: EditKind) -> None:
        """Erase the selection, or the character before or behind the cursor."""
        self._edit(lambda: self._erase(kind))

    @contextmanager
    def undo_step(self, typed: str = "") -> Iterator[QTextCursor]:
        """A cursor for changes that are one undo step; where it is left, the editor's is set.

        `typed`: what counts as typed by it; without, the changes are none by typing.
        """
        self.clear_ghost()
        cursor, revision = self.textCursor(), self._revision
        with self._programmatic_change():
            cursor.beginEditBlock()
            try:
                yield cursor
            finally:
                cursor.endEditBlock()
            self.setTextCursor(cursor)
        if self._revision != revision and typed:
            keep_free_lines(self, self._layout)
            self.typed.emit(typed)
        elif self._revision != revision:
            self.edited.emit(Reason.EDITED)

    def accept(self, text: str, replaced: tuple[int, int] | None = None) -> None:
        """Insert `text` as an undo step of its own: at the cursor, or between two positions before it."""
        self.clear_ghost()
        cursor = self.textCursor()
        edit = QTextCursor(cursor)
        if replaced:
            edit.setPosition(replaced[0])
            edit.setPosition(replaced[1], QTextCursor.MoveMode.KeepAnchor)
        with self.changes_from(Origin.TAKEN), self._programmatic_change():
            edit.beginEditBlock()
            edit.insertText(text)
            edit.endEditBlock()
            self.setTextCursor(cursor if replaced else edit)
        keep_free_lines(self, self._layout)

    def select(self, start: int, end: int) -> None:
        """Select the text between two positions and scroll to it."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)
        self.ensureCursorVisible()

    def replace(self, start: int, end: int, text: str, cursor: int | None = None) -> None:
        """Replace the text between two positions, as one undo step of its own.

        The cursor moves to the position `cursor`, or behind the new text.
        """
        edit = QTextCursor(self.document())
        edit.setPosition(start)
        edit.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        edit.beginEditBlock()
        edit.insertText(text)
        edit.endEditBlock()
        if cursor is not None:
            edit.setPosition(min(cursor, self.document().characterCount() - 1))
        self.setTextCursor(edit)

    def centre_line(self) -> None:
        """Scroll the cursor's line to the middle of the window, as far as the text allows."""
        centre_line(self)

    def open_menu(self) -> None:
        """Open the context menu at the cursor."""
        self._open_menu(self.cursorRect().bottomLeft())

    def undo(self) -> None:
        """Undo the last step."""
        self._edit(super().undo)

    def redo(self) -> None:
        """Redo the last undone step."""
        self._edit(super().redo)

    # Qt's events

    def event(self, event: QEvent) -> bool:
        """Leave reserved keys to the window, and handle the mouse in the margins as in the text."""
        kind = event.type()
        if isinstance(event, QKeyEvent) and kind == QEvent.Type.ShortcutOverride:
            if self._is_reserved(QKeySequence(event.keyCombination())):
                event.ignore()
                return False
        elif isinstance(event, QWheelEvent) and not self._scrolling:
            self._scrolling = True  # events that the scroll bar ignores come back here
            self.wheelEvent(event)
            self._scrolling = False
            return event.isAccepted()
        elif isinstance(event, QMouseEvent) and handle_margin_mouse(self, event):
            return True
        handled = super().event(event)
        if kind == QEvent.Type.Resize:  # not in resizeEvent, which is the viewport's and comes too late
            self._centre()
        return handled

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Set the column before Qt lays out the text for the new width of the viewport."""
        self._set_column()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Keep the font, because Qt's style sheets reset it on a change of theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self.font() != self._font:
            self.set_font(self._font)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle a key, and emit `typed` where it typed text."""
        erased, text = erased_kind(event), typed_text(event)
        if self.isReadOnly():
            super().keyPressEvent(event)
        elif any(handle(event) for handle in reversed(self.key_handlers)):
            event.accept()
        elif is_command(event):
            event.ignore()
        elif not (erased or text):
            super().keyPressEvent(event)
        elif erased:
            self.erase(erased)
        elif not self._handles(text):
            self.write(text)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Hide suggestions during a composition; committed text counts as typed."""
        preedit, commit = event.preeditString(), event.commitString()
        if not (preedit or commit or event.replacementLength() or self._composing):
            event.accept()  # an empty event; Qt would end the ghost text as if it were a composition
            return
        self.clear_ghost()
        self._composing = bool(preedit)
        if (commit or event.replacementLength()) and not self.isReadOnly():
            with self._programmatic_change():
                self._compose(QInputMethodEvent("", []))
            start, length = event.replacementStart(), event.replacementLength()
            if length or not self._handles(commit):
                self.write(commit, (start, length) if length else None)
            event = QInputMethodEvent(preedit, event.attributes())
        self._compose(event)
        if preedit:
            self.interrupted.emit(Reason.COMPOSING)

    def inputMethodQuery(self, query: Qt.InputMethodQuery, argument: object = None) -> object:
        """Add the viewport's offset, which Qt leaves out, so that the candidate box is at the cursor."""
        arguments = (query,) if argument is None else (query, argument)
        value: object = super().inputMethodQuery(*arguments)
        if isinstance(value, (QRect, QRectF)):
            return value.translated(self.viewport().pos())
        if isinstance(value, (QPoint, QPointF)):
            return value + self.viewport().pos()
        return value

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Hide the ghost text before Qt computes the clicked position."""
        if self._ghost.text:
            self.clear_ghost()
            self.moved.emit()
        super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the context menu with the additional actions."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self.open_menu()
        else:
            self._open_menu(event.pos())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Leave dropped files to the window; Qt would insert their URLs."""
        if files_of(event.mimeData()):
            event.ignore()
        else:
            super().dragEnterEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the ghost text when the editor loses the focus."""
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.MenuBarFocusReason):
            self._composing = False
            if self._ghost.text:
                self.clear_ghost()
                self.interrupted.emit(Reason.MOVED)
        super().focusOutEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the underlays, the text, and the overlays."""
        self._layout.settle()
        blocks = settled_blocks(self, event.rect())
        decorate(self, [*self.backgrounds, self._selection, *self.underlays], blocks, self._layout.pitch_of)
        paint_text(self, self.getPaintContext(), blocks, event.rect())
        if self.document().isEmpty():
            paint_hint(self)
        decorate(self, self.overlays, blocks, self._layout.pitch_of)

    # Typing and other changes

    @contextmanager
    def _programmatic_change(self) -> Iterator[None]:
        """Emit no signals for changes inside."""
        self._is_programmatic = True
        try:
            yield
        finally:
            self._is_programmatic = False
            self._emitted_revision = self._revision

    @contextmanager
    def _undo_step(self, kind: EditKind, text: str) -> Iterator[QTextCursor]:
        """A cursor for an edit by a key, which belongs to the undo step before it or begins one."""
        document, cursor = self.document(), self.textCursor()
        continued = (
            not cursor.hasSelection()
            and document.isModified()  # else undoing would pass by the saved text
            and self._steps.continues(kind, text, self._revision)
        )
        if continued:
            cursor.joinPreviousEditBlock()
        else:
            cursor.beginEditBlock()
        yield cursor
        cursor.endEditBlock()
        self._steps.add(kind, text, self._revision, continued)
        self.setTextCursor(cursor)

    def _handles(self, text: str) -> bool:
        return any(handle(text) for handle in self.text_handlers)

    def _compose(self, event: QInputMethodEvent) -> None:
        """Show a composition, which raises the revision but is no edit."""
        revision = self._revision
        super().inputMethodEvent(event)
        self._steps.skip(revision, self._revision)

    def _erase(self, kind: EditKind) -> None:
        cursor = self.textCursor()
        if not cursor.hasSelection():
            before = kind is EditKind.ERASED_BEFORE
            moves = QTextCursor.MoveOperation
            cursor.movePosition(
                moves.PreviousCharacter if before else moves.NextCharacter, QTextCursor.MoveMode.KeepAnchor
            )
        text = selected_text(cursor)
        if not text:
            return
        with self._undo_step(kind, text) as edit:
            if edit.hasSelection() or is_emoji_sequence(text):
                edit.setPosition(cursor.anchor())
                edit.setPosition(cursor.position(), QTextCursor.MoveMode.KeepAnchor)
                edit.removeSelectedText()
            elif kind is EditKind.ERASED_BEFORE:
                edit.deletePreviousChar()  # takes an accent from its letter
            else:
                edit.deleteChar()

    def _edit(self, step: Callable[[], None]) -> None:
        """Emit `edited` once, where a step changes the text."""
        self.clear_ghost()
        revision = self._revision
        with self._programmatic_change():
            step()
        if self._revision != revision:
            self.edited.emit(Reason.EDITED)

    def _emit_ghost_changed(self) -> None:
        if self._ghost_emitted != bool(self._ghost.text):
            self._ghost_emitted = bool(self._ghost.text)
            self.ghost_changed.emit(self._ghost_emitted)

    def _count_revision(self, _position: int, _removed: int, _added: int) -> None:
        self._revision += 1
        self._ghost.clear()

    def _emit_edited(self) -> None:
        if not self._is_programmatic and self._emitted_revision != self._revision:
            self._emitted_revision = self._revision
            self.clear_ghost()
            self.edited.emit(Reason.EDITED)

    def _emit_moved(self) -> None:
        if not self._is_programmatic and self._emitted_revision == self._revision:
            self._steps.end()
            self.clear_ghost()
            self.moved.emit()

    def _emit_selected(self) -> None:
        if not self._is_programmatic and self.textCursor().hasSelection():
            self.clear_ghost()
            self.interrupted.emit(Reason.SELECTION)

    def _between(self, start: int, end: int) -> str:
        return text_between(self.document(), start, end)

    def _open_menu(self, position: QPoint) -> None:
        menu = self.createStandardContextMenu(position)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        selected = self.textCursor()
        for fill in self.menu_fillers:
            fill(menu, selected if selected.hasSelection() else self.cursorForPosition(position))
        menu.popup(self.viewport().mapToGlobal(position))

    # Layout and painting

    def _centre(self) -> None:
        """Put the column in the middle, with room for marks beside it."""
        width = column_width(self._font, self._columns) + 2 * PAGE_MARGIN
        side = max(0, round((self.width() - width) / 2) - mark_room(self._font))
        if self.viewportMargins().left() != side:
            self.setViewportMargins(side, 0, side, 0)
        self._set_column()

    def _set_column(self) -> None:
        width = column_width(self._font, self._columns)
        left = max(PAGE_MARGIN, (self.viewport().width() - width) // 2)
        self._layout.set_column(left, max(1, self.viewport().width() - 2 * left))


def files_of(data: QMimeData) -> list[Path]:
    """The local files of dragged or copied data."""
    return [Path(name) for url in data.urls() if url.isLocalFile() and (name := url.toLocalFile())]
