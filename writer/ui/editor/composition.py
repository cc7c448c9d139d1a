"""How a composition of an input method looks on the page.

Qt goes on painting the hint of an empty page behind what is composed, and some input methods (Fcitx 5 over
the interface of IBus) mark the part that is being converted in white on black, whatever the theme.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QInputMethodEvent, QPalette, QTextFormat

from writer.ui.editor.editor import Editor


class CompositionFilter(QObject):
    """An event filter of the editor that hides its hint and gives marked parts the colours of a selection."""

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self._editor = editor
        self._hint = ""
        editor.installEventFilter(self)

    def set_hint(self, hint: str) -> None:
        """Set what stands on the empty page while nothing is composed."""
        self._hint = hint
        self._editor.setPlaceholderText(hint)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle the events of input methods."""
        if watched is not self._editor or not isinstance(event, QInputMethodEvent):
            return super().eventFilter(watched, event)
        self._editor.setPlaceholderText("" if event.preeditString() else self._hint)
        if not any(_is_marked(attribute) for attribute in event.attributes()):
            return super().eventFilter(watched, event)
        self._editor.inputMethodEvent(_recoloured(event, self._editor.palette()))
        return True


def _is_marked(attribute: QInputMethodEvent.Attribute) -> bool:
    """Whether an attribute gives a part of the text a background."""
    value = attribute.value
    return isinstance(value, QTextFormat) and value.background().style() != Qt.BrushStyle.NoBrush


def _recoloured(event: QInputMethodEvent, palette: QPalette) -> QInputMethodEvent:
    """The event with the palette's colours of a selection in place of its own."""
    attributes = []
    for attribute in event.attributes():
        value = attribute.value
        if _is_marked(attribute):
            value = QTextFormat(value).toCharFormat()
            value.setBackground(palette.highlight())
            value.setForeground(palette.highlightedText())
        attributes.append(
            QInputMethodEvent.Attribute(attribute.type, attribute.start, attribute.length, value)
        )
    result = QInputMethodEvent(event.preeditString(), attributes)
    result.setCommitString(event.commitString(), event.replacementStart(), event.replacementLength())
    return result
