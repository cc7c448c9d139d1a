"""Places in the text that do something when they are clicked, such as check boxes and links."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent, QTextBlock
from PySide6.QtWidgets import QApplication

from writer.ui.common.widgets import plain_tooltip
from writer.ui.editor.block_painting import visible_blocks
from writer.ui.editor.editor import Editor
from writer.ui.editor.looks.line_layout import SpacedLayout
from writer.ui.editor.text_geometry import line_rects

_LONGEST_LINE = 8000
"""UTF-16 units of a paragraph; in a longer one nothing is looked for under the mouse."""


@dataclass(frozen=True, slots=True, eq=False)
class ClickPlace:
    """The characters from `start` to `end` of a block (UTF-16), which a click with `modifiers` activates."""

    start: int
    end: int
    modifiers: Qt.KeyboardModifier
    activate: Callable[[], object]
    hint: str = ""
    """What the mouse over it shows."""


Finder = Callable[[QTextBlock], Iterable[ClickPlace]]


class ClickPlaces(QObject):
    """An event filter for the mouse over the text of `editor`, with what finders find in a block."""

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self._editor = editor
        self._finders: list[Finder] = []
        self._pressed: QMouseEvent | None = None
        self._shows_hand = False
        viewport = editor.viewport()
        viewport.setMouseTracking(True)
        viewport.installEventFilter(self)

    def add(self, finder: Finder) -> None:
        """Add what finds the places in a block."""
        self._finders.append(finder)

    def at(self, position: QPointF) -> list[ClickPlace]:
        """The places at a position of the viewport."""
        # not by Qt's cursorForPosition, which counts ghost text and compositions as text
        block, area = self._block_at(position.y())
        if not block.isValid() or block.length() > _LONGEST_LINE:
            return []
        found = [place for finder in self._finders for place in finder(block)]
        if not found:
            return []
        inside = position - area.topLeft()
        pitch = SpacedLayout.of(self._editor.document()).pitch_of(block)
        return [
            place
            for place in found
            if any(rect.contains(inside) for rect in line_rects(block, place.start, place.end, pitch))
        ]

    def _block_at(self, y: float) -> tuple[QTextBlock, QRectF]:
        """The visible block at a height of the viewport, with its rectangle; an invalid one below them."""
        found = visible_blocks(self._editor, self._editor.viewport().rect())
        return next((each for each in found if y < each[1].bottom()), (QTextBlock(), QRectF()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle the mouse."""
        kind = event.type()
        if not isinstance(event, QMouseEvent):
            if kind == QEvent.Type.Leave:
                self._show([], Qt.KeyboardModifier.NoModifier)
            return super().eventFilter(watched, event)
        if kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
            return self._press(event)
        if kind == QEvent.Type.MouseMove:
            return self._move(event)
        if kind == QEvent.Type.MouseButtonRelease:
            return self._release(event)
        return super().eventFilter(watched, event)

    def _press(self, event: QMouseEvent) -> bool:
        self._pressed = None
        if event.button() != Qt.MouseButton.LeftButton or self._place(event) is None:
            return False
        QGuiApplication.inputMethod().commit()
        if self._editor.cursor_state().composing:
            return False  # the click ends the composition
        self._pressed = event.clone()
        self._editor.setFocus(Qt.FocusReason.MouseFocusReason)
        return True

    def _move(self, event: QMouseEvent) -> bool:
        pressed = self._pressed
        if pressed is not None:
            moved = (event.position() - pressed.position()).manhattanLength()
            if moved < QApplication.startDragDistance():
                return True
            self._pressed = None
            self._editor.mousePressEvent(pressed)  # a selection begins there
        elif not event.buttons():
            self._show(self.at(event.position()), event.modifiers())
        return False

    def _release(self, event: QMouseEvent) -> bool:
        if self._pressed is None or event.button() != Qt.MouseButton.LeftButton:
            return False
        self._pressed = None
        place = self._place(event)
        if place is not None:
            place.activate()
            self._show(self.at(event.position()), event.modifiers())
        return True

    def _place(self, event: QMouseEvent) -> ClickPlace | None:
        """What a click with the event's modifiers activates."""
        found = self.at(event.position())
        return next((place for place in found if place.modifiers == event.modifiers()), None)

    def _show(self, places: list[ClickPlace], modifiers: Qt.KeyboardModifier) -> None:
        """Show the hand over what a click activates, and the hint of a place."""
        viewport = self._editor.viewport()
        hand = any(place.modifiers == modifiers for place in places)
        if hand != self._shows_hand:
            self._shows_hand = hand
            viewport.setCursor(Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.IBeamCursor)
        hint = next((place.hint for place in places if place.hint), "")
        if viewport.toolTip() != plain_tooltip(hint):
            viewport.setToolTip(plain_tooltip(hint))
