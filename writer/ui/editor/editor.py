"""The text widget: a centred column of plain text, with ghost text behind the cursor.

It tells what happened (typed, edited otherwise, moved, composing) and shows the ghost it is given. What
to suggest, and when, is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QFocusEvent,
    QFont,
    QFontInfo,
    QFontMetricsF,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QMenu, QPlainTextEdit, QWidget

from writer.app.suggestions.cursor_state import CursorState
from writer.suggestions.context import MAX_AFTER, Context, window_start
from writer.suggestions.reasons import Reason
from writer.suggestions.suggestion import Suggestion
from writer.text.characters import is_emoji_sequence
from writer.text.language import language_of
from writer.text.utf16 import utf16_length
from writer.ui.editor.extensions import DocumentIdentity, EditorExtensions
from writer.ui.editor.ghost_text import GhostText
from writer.ui.editor.line_layout import SpacedLayout
from writer.ui.editor.selection import SelectionBands
from writer.ui.editor.text_document import plain_text, text_between
from writer.ui.editor.text_geometry import Decoration

Modifier = Qt.KeyboardModifier

PITCH = 1.55
"""Distance of lines in units of the font's size."""

PAGE_MARGIN = 36
"""Pixels around the text; above and below it belong to the document and scroll away."""

ROOM = 3
"""Lines kept free below the line that is being typed, so that a ghost which wraps moves nothing."""


class Editor(QPlainTextEdit):
    """A plain text editor for prose. All positions are Qt's (UTF-16); texts are Python's."""

    typed = Signal(str)
    """Text came in at the cursor, one key or one commit of an input method."""

    edited = Signal(str)
    """The text changed in any other way; says the Reason for silence."""

    moved = Signal()
    """The cursor or the selection changed without the text."""

    interrupted = Signal(str)
    """A ghost cannot stay for this Reason."""

    ghost_changed = Signal(bool)
    """Whether a ghost shows now."""

    switched = Signal()
    """Another document is in the editor."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        document = self.make_document()
        self._layout = SpacedLayout.of(document)
        self.setDocument(document)
        self._ghost = GhostText()
        self._columns = 72
        self._font = self.font()
        self._composing = False
        self._own_change = False
        self._seen_revision = 0
        self._revision = 0
        self._ghost_told = False
        self._scrolling = False
        self._claimed: Callable[[QKeySequence], bool] = lambda _keys: False
        self._ask_identity: Callable[[], DocumentIdentity] = DocumentIdentity
        self._extensions = EditorExtensions()
        self._selection = SelectionBands(self)
        self.underlays: list[Decoration] = []
        """What is painted behind the text."""
        self.overlays: list[Decoration] = []
        """What is painted over the text."""
        self.menu_fillers: list[Callable[[QMenu, QTextCursor], None]] = []
        """Each puts what it offers for the place of the cursor on top of the menu."""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setCursorWidth(2)
        self.set_font(self.font())
        document.contentsChange.connect(self._note_change)
        self.textChanged.connect(self._tell_change)
        self.cursorPositionChanged.connect(self._tell_move)
        self.selectionChanged.connect(self._tell_selection)

    # What the editor knows

    @property
    def revision(self) -> int:
        """Grows with every change of the text."""
        return self._revision

    @property
    def identity(self) -> DocumentIdentity:
        """Which document is shown."""
        return self._ask_identity()

    @property
    def ghost(self) -> str:
        """The ghost's text, "" where none shows."""
        return self._ghost.text

    def text(self) -> str:
        """The whole text; lines end with a newline character."""
        return plain_text(self.document())

    def place(self) -> CursorState:
        """Where the cursor is. Costs the same in a note and in a novel."""
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

    def surroundings(self) -> tuple[str, int, int, int]:
        """Text around the cursor, where in it the selection begins and ends, and where it begins itself."""
        cursor = self.textCursor()
        first, last = cursor.selectionStart(), cursor.selectionEnd()
        origin = window_start(first)
        before, inside = self._between(origin, first), self._between(first, last)
        after = self._between(last, min(self.document().characterCount() - 1, last + 2 * MAX_AFTER))
        return before + inside + after, len(before), len(before + inside), origin

    # What others do with it

    def make_document(self) -> QTextDocument:
        """An empty document that can be shown here. It is the caller's to delete when it is not shown."""
        document = QTextDocument(self)
        document.setUndoRedoEnabled(False)  # for Qt the margin would be a step to take back
        document.setDocumentMargin(PAGE_MARGIN)
        document.setUndoRedoEnabled(True)
        document.setModified(False)
        document.setDocumentLayout(SpacedLayout(document))
        return document

    def show_document(self, document: QTextDocument) -> None:
        """Show a document that was made here, the cursor at its beginning. Raises TypeError for any other."""
        layout = SpacedLayout.of(document)
        self.clear_ghost()
        self._composing = False
        self.document().contentsChange.disconnect(self._note_change)
        with self._own():
            self._revision += 1
            self._layout = layout
            self._dress_document(document)
            self.setDocument(document)
            document.contentsChange.connect(self._note_change)
        self.switched.emit()

    def set_text(self, text: str) -> None:
        """Give the document another text, without an undo step."""
        with self._own():
            self.setPlainText(text)
        self.document().setModified(False)

    def set_font(self, font: QFont) -> None:
        """Write in this font, with lines `PITCH` times its size apart."""
        self.clear_ghost()
        self._font = font
        self.setFont(font)
        self._dress_document(self.document())
        self.setTabStopDistance(4 * QFontMetricsF(font).horizontalAdvance(" "))
        self._centre()

    def set_columns(self, columns: int) -> None:
        """Let lines grow to about `columns` characters."""
        self._columns = columns
        self._centre()

    def set_claims(self, claimed: Callable[[QKeySequence], bool]) -> None:
        """Keys for which `claimed` is true belong to actions of the window, not to the text."""
        self._claimed = claimed

    def set_identity(self, identity: Callable[[], DocumentIdentity]) -> None:
        """Ask `identity` which document is shown, whenever that matters."""
        self._ask_identity = identity

    def set_extensions(self, extensions: EditorExtensions) -> None:
        """Let others give the text its looks and replace what is typed."""
        self._extensions = extensions
        self.viewport().update()

    def show_suggestion(self, suggestion: Suggestion) -> None:
        """Show a suggestion as the ghost, if it was made for the text as it is now; without text, none."""
        if not suggestion.text or suggestion.revision != self._revision or self._composing:
            self.clear_ghost()
            return
        self._ghost.show(
            self.textCursor(), suggestion.text, self.palette().color(QPalette.ColorRole.PlaceholderText)
        )
        self._reveal_ghost()
        self._tell_ghost()

    def clear_ghost(self) -> None:
        """Show no ghost."""
        self._ghost.clear()
        self._tell_ghost()

    def accept(self, text: str) -> None:
        """Write `text` at the cursor as one undo step that later typing does not join."""
        self.clear_ghost()
        cursor = self.textCursor()
        with self._own():
            cursor.beginEditBlock()
            cursor.insertText(text)
            _end_undo_step(cursor)
            cursor.endEditBlock()
            self.setTextCursor(cursor)
        self._keep_room()

    def select(self, start: int, end: int) -> None:
        """Select what is between two positions and bring it into sight."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)
        self.ensureCursorVisible()

    def replace(self, start: int, end: int, text: str, cursor: int | None = None) -> None:
        """Put `text` in the place of what is between two positions, as one undo step of its own.

        The cursor goes to the position `cursor`, or behind the new text.
        """
        edit = QTextCursor(self.document())
        edit.setPosition(start)
        edit.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        edit.beginEditBlock()
        edit.insertText(text)
        if text:
            _end_undo_step(edit)
        edit.endEditBlock()
        if cursor is not None:
            edit.setPosition(min(cursor, self.document().characterCount() - 1))
        self.setTextCursor(edit)

    def centre_line(self) -> None:
        """Scroll until the line of the cursor is in the middle, as far as there is text."""
        rect = self.cursorRect()
        lines = round((rect.center().y() - self.viewport().height() / 2) / self._layout.pitch)
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() + lines)

    def open_menu(self) -> None:
        """Open the menu that the right mouse button opens, at the cursor."""
        self._open_menu(self.cursorRect().bottomLeft())

    def undo(self) -> None:
        """Take the last step back."""
        self._travel(super().undo)

    def redo(self) -> None:
        """Do the step again that was taken back."""
        self._travel(super().redo)

    # Qt's events

    def event(self, event: QEvent) -> bool:
        """Leave claimed keys to the window, and let the empty margins beside the column act as the page."""
        kind = event.type()
        if isinstance(event, QKeyEvent) and kind == QEvent.Type.ShortcutOverride:
            if self._claimed(QKeySequence(event.keyCombination())):
                event.ignore()
                return False
        elif isinstance(event, QWheelEvent) and not self._scrolling:
            self._scrolling = True  # what the scroll bar does not want comes back here
            self.wheelEvent(event)
            self._scrolling = False
            return event.isAccepted()
        elif isinstance(event, QMouseEvent) and kind in _MOUSE:
            _MOUSE[kind](self, _translated(event, -self.viewport().pos()))
            return True
        handled = super().event(event)
        if kind == QEvent.Type.Resize:  # not in resizeEvent, which is the viewport's and comes too late
            self._centre()
        return handled

    def changeEvent(self, event: QEvent) -> None:
        """Keep the font: Qt's style sheets put an earlier one back when the theme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self.font() != self._font:
            self.set_font(self._font)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tell typing from everything else that keys do."""
        modifiers = event.modifiers()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and modifiers & Modifier.ShiftModifier:
            # Qt would write a line separator, which no plain text file has.
            event = QKeyEvent(event.type(), event.key(), modifiers & ~Modifier.ShiftModifier, event.text())
        if event.key() == Qt.Key.Key_Backspace and not event.modifiers() and self._take_sign_back():
            return
        text = event.text()
        if len(text) == 1 and text in "\"'":
            cursor = self.textCursor()
            line = self._between(cursor.block().position(), cursor.selectionStart())
            text = self._extensions.substitute(line, text)
            event = QKeyEvent(event.type(), event.key(), event.modifiers(), text)
        plain = not modifiers & (Modifier.ControlModifier | Modifier.AltModifier | Modifier.MetaModifier)
        if (
            text
            and (plain or _alt_gr(event))
            and (text.isprintable() or text in "\t\r\n")
            and not self.isReadOnly()
        ):
            with self._typing():
                super().keyPressEvent(event)
            return
        super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Nothing is suggested while an input method composes; what it commits counts as typed."""
        preedit, commit = event.preeditString(), event.commitString()
        if not (preedit or commit or event.replacementLength() or self._composing):
            event.accept()  # an empty report; Qt would take the ghost for a composition and end it
            return
        self.clear_ghost()
        self._composing = bool(preedit)
        if commit and not self.isReadOnly():
            with self._typing():
                super().inputMethodEvent(event)
        else:
            super().inputMethodEvent(event)
        self._extensions.restore_format(self.textCursor().block())
        if preedit:
            self.interrupted.emit(Reason.COMPOSING)

    def inputMethodQuery(self, query: Qt.InputMethodQuery, argument: object = None) -> object:
        """Qt forgets the margins around the viewport, and the candidate box would be beside the cursor."""
        arguments = (query,) if argument is None else (query, argument)
        value: object = super().inputMethodQuery(*arguments)
        if isinstance(value, (QRect, QRectF)):
            return value.translated(self.viewport().pos())
        if isinstance(value, (QPoint, QPointF)):
            return value + self.viewport().pos()
        return value

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click ends the ghost before Qt looks at what is under the pointer."""
        if self._ghost.text:
            self.clear_ghost()
            self.moved.emit()
        super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what helps at this place, above what every text has."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self.open_menu()
        else:
            self._open_menu(event.pos())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files are for the window, which opens them; Qt would write their addresses."""
        if files_of(event.mimeData()):
            event.ignore()
        else:
            super().dragEnterEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """No ghost stands in a window that nobody types in."""
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.MenuBarFocusReason):
            self._composing = False
            if self._ghost.text:
                self.clear_ghost()
                self.interrupted.emit(Reason.MOVED)
        super().focusOutEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what lies behind the text, the text, and what lies over it."""
        seen = list(self._visible_blocks(event.rect()))
        if sum(self._extensions.apply_format(block) for block, _place in seen):
            seen = list(self._visible_blocks(event.rect()))
        self._decorate([self._selection, *self.underlays], seen)
        super().paintEvent(event)
        self._decorate(self.overlays, seen)

    # Typing and other changes

    @contextmanager
    def _own(self) -> Iterator[None]:
        """Changes inside are the program's own: nobody is told."""
        self._own_change = True
        try:
            yield
        finally:
            self._own_change = False
            self._seen_revision = self._revision

    @contextmanager
    def _typing(self) -> Iterator[None]:
        """The text that comes in at the cursor inside is typed."""
        self._ghost.clear()  # off the layout while the block changes; the next suggestion tells of it
        start, revision = self.textCursor().selectionStart(), self._revision
        with self._own():
            yield
        if self._revision != revision:
            self._keep_room()
            self.typed.emit(self._between(start, self.textCursor().position()))

    def _take_sign_back(self) -> bool:
        """Remove the emoji before the cursor as a whole, where one is; Qt would leave pieces of it."""
        cursor = self.textCursor()
        if cursor.hasSelection() or self.isReadOnly():
            return False
        cursor.movePosition(QTextCursor.MoveOperation.PreviousCharacter, QTextCursor.MoveMode.KeepAnchor)
        if not is_emoji_sequence(cursor.selectedText()):
            return False
        self.clear_ghost()
        cursor.removeSelectedText()
        self.setTextCursor(cursor)
        return True

    def _travel(self, through_time: Callable[[], None]) -> None:
        self.clear_ghost()
        revision = self._revision
        with self._own():
            through_time()
        if self._revision != revision:
            self.edited.emit(Reason.EDITED)

    def _tell_ghost(self) -> None:
        if self._ghost_told != bool(self._ghost.text):
            self._ghost_told = bool(self._ghost.text)
            self.ghost_changed.emit(self._ghost_told)

    def _note_change(self, _position: int, _removed: int, _added: int) -> None:
        self._revision += 1
        self._ghost.clear()

    def _tell_change(self) -> None:
        if not self._own_change and self._seen_revision != self._revision:
            self._seen_revision = self._revision
            self.clear_ghost()
            self.edited.emit(Reason.EDITED)

    def _tell_move(self) -> None:
        if not self._own_change and self._seen_revision == self._revision:
            self.clear_ghost()
            self.moved.emit()

    def _tell_selection(self) -> None:
        if not self._own_change and self.textCursor().hasSelection():
            self.clear_ghost()
            self.interrupted.emit(Reason.SELECTION)

    def _between(self, start: int, end: int) -> str:
        return text_between(self.document(), start, end)

    def _open_menu(self, place: QPoint) -> None:
        menu = self.createStandardContextMenu(place)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        selected = self.textCursor()
        for fill in self.menu_fillers:
            fill(menu, selected if selected.hasSelection() else self.cursorForPosition(place))
        menu.popup(self.viewport().mapToGlobal(place))

    # Looks

    def _dress_document(self, document: QTextDocument) -> None:
        self._layout.pitch = round(QFontInfo(self._font).pixelSize() * PITCH)
        self._layout.room = ROOM * self._layout.pitch
        if document.defaultFont() != self._font:
            document.setDefaultFont(self._font)

    def _centre(self) -> None:
        width = QFontMetricsF(self._font).averageCharWidth() * self._columns + 2 * PAGE_MARGIN
        side = max(0, round((self.width() - width) / 2))
        if self.viewportMargins().left() != side:
            self.setViewportMargins(side, 0, side, 0)

    def _reveal_ghost(self) -> None:
        """Scroll until the ghost's last line is seen, but never the cursor out of sight."""
        block = self.textCursor().block()
        layout = block.layout()
        end = layout.preeditAreaPosition() + utf16_length(self._ghost.text)
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        line = layout.lineForTextPosition(end)
        if line.isValid():
            self._scroll_down(top + line.rect().bottom() - self.viewport().height())

    def _keep_room(self) -> None:
        """While typing, keep `ROOM` lines free below the cursor."""
        if self.centerOnScroll():
            return
        self._scroll_down(self.cursorRect().bottom() + self._layout.room - self.viewport().height())

    def _scroll_down(self, pixels: float) -> None:
        if pixels <= 0:
            return
        lines = int(-(-pixels // self._layout.pitch))
        above = int(self.cursorRect().top() // self._layout.pitch)
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + min(lines, above))

    def _decorate(self, decorations: Sequence[Decoration], seen: Sequence[tuple[QTextBlock, QRectF]]) -> None:
        wanted = [decoration for decoration in decorations if decoration.wanted()]
        if not wanted:
            return
        painter = QPainter(self.viewport())
        for block, rect in seen:
            for decoration in wanted:
                decoration.paint(painter, block, rect, self._layout.pitch)

    def _visible_blocks(self, area: QRect) -> Iterator[tuple[QTextBlock, QRectF]]:
        """The paragraphs that lie in `area` of the viewport, with their places there."""
        offset = self.contentOffset()
        block = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(offset).top()
        while block.isValid() and top <= area.bottom():
            rect = self.blockBoundingRect(block).translated(offset.x(), top)
            if block.isVisible() and rect.bottom() >= area.top():
                yield block, rect
            top = rect.bottom()
            block = block.next()


def files_of(data: QMimeData) -> list[Path]:
    """The files of this computer that are dragged or copied."""
    return [Path(name) for url in data.urls() if url.isLocalFile() and (name := url.toLocalFile())]


def _end_undo_step(cursor: QTextCursor) -> None:
    """Change a character's format to what it is: Qt joins inserted text to inserted text only."""
    last = QTextCursor(cursor)
    last.setPosition(cursor.position() - 1, QTextCursor.MoveMode.KeepAnchor)
    last.setCharFormat(QTextCharFormat())


def _alt_gr(event: QKeyEvent) -> bool:
    """Control and Alt together with a character are AltGr on Windows."""
    return event.modifiers() & ~Modifier.ShiftModifier == Modifier.ControlModifier | Modifier.AltModifier


def _translated(event: QMouseEvent, by: QPoint) -> QMouseEvent:
    return QMouseEvent(
        event.type(),
        event.position() + by,
        event.globalPosition(),
        event.button(),
        event.buttons(),
        event.modifiers(),
    )


_MOUSE: dict[QEvent.Type, Callable[[Editor, QMouseEvent], None]] = {
    QEvent.Type.MouseButtonPress: Editor.mousePressEvent,
    QEvent.Type.MouseMove: Editor.mouseMoveEvent,
    QEvent.Type.MouseButtonRelease: Editor.mouseReleaseEvent,
    QEvent.Type.MouseButtonDblClick: Editor.mouseDoubleClickEvent,
}
"""Events beside the column that act as if they were on it."""
