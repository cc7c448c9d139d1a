"""A view of the model's attention: the words before the cursor, tinted by weight."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QPalette, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QComboBox, QFrame, QPushButton, QTextEdit, QVBoxLayout, QWidget

from writer.base.errors import Message
from writer.engine.introspection import Attention
from writer.ui.common.translation import Retranslated, localised
from writer.ui.common.widgets import Label
from writer.ui.panels.token_list import percent

MAX_WORDS = 160
"""The number of words before the cursor that are shown."""

_HEIGHT = 170
_MAX_OPACITY = 0.55
"""The opacity of the highest weight."""

_NAMED = 3
"""The number of words with the highest weights that are named below."""


class AttentionView(Retranslated, QWidget):
    """A switch, and below it, while it is on, the weights and the choice of a layer."""

    def __init__(self) -> None:
        super().__init__()
        self._attention: Attention | None = None
        self._problem: Message = ""
        self.switch = QPushButton(autoDefault=False)
        self.switch.setCheckable(True)
        self.switch.setProperty("quiet", True)
        self.layer = QComboBox()
        self.text = QTextEdit(readOnly=True)
        self.text.setObjectName("attention")
        self.text.setMaximumHeight(_HEIGHT)
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setTabChangesFocus(True)
        self.most = Label(wordWrap=True)
        self.most.setProperty("tone", "muted")
        self.switch.toggled.connect(self._switch)
        self.layer.currentIndexChanged.connect(lambda _index: self._paint())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.switch, 0, Qt.AlignmentFlag.AlignLeft)
        for widget in (self.layer, self.text, self.most):
            column.addWidget(widget)
            widget.hide()
        self.retranslate()

    def show_attention(self, attention: Attention) -> None:
        """Show other weights; the layer stays selected."""
        self._attention, self._problem = attention, ""
        if self.layer.count() != len(attention.layers) + 1:
            self._name_layers()
        self._paint()

    def show_problem(self, sentence: Message) -> None:
        """Show why there are no weights."""
        self._attention, self._problem = None, sentence
        self._paint()

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.switch.setText(self.tr("Where it looks"))
        self.layer.setAccessibleName(self.tr("Layer"))
        self.text.setAccessibleName(self.tr("The words before the cursor, tinted where the model looks"))
        self._name_layers()
        self._paint()

    def changeEvent(self, event: QEvent) -> None:
        """Repaint on a change of theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._paint()

    def weights(self) -> list[tuple[str, float]]:
        """The words with their weights in the selected layer, or the mean of all, normalised to sum 1.

        The first token is left out, because models attend to it where they attend to nothing else.
        """
        if self._attention is None:
            return []
        pieces, layers = self._attention.tokens[1:], self._attention.layers
        chosen = self.layer.currentIndex() - 1
        rows = [layers[chosen][1:]] if chosen >= 0 else [layer[1:] for layer in layers]
        weights = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
        total = sum(weights) or 1.0
        words = _words(pieces, [weight / total for weight in weights])
        return words[-MAX_WORDS:]

    def _switch(self, on: bool) -> None:
        for widget in (self.layer, self.text, self.most):
            widget.setVisible(on)

    def _name_layers(self) -> None:
        count = len(self._attention.layers) if self._attention is not None else 0
        chosen = min(max(0, self.layer.currentIndex()), count)
        self.layer.blockSignals(True)
        self.layer.clear()
        self.layer.addItem(self.tr("All layers together"))
        self.layer.addItems([self.tr("Layer {number}").format(number=n + 1) for n in range(count)])
        self.layer.setCurrentIndex(chosen)
        self.layer.blockSignals(False)

    def _paint(self) -> None:
        weights = self.weights()
        highest = max((share for _, share in weights), default=0.0) or 1.0
        self.text.clear()
        cursor = QTextCursor(self.text.document())
        look, tint = QTextCharFormat(), QColor(self.palette().color(QPalette.ColorRole.Accent))
        for word, share in weights:
            tint.setAlphaF(_MAX_OPACITY * share / highest)
            look.setBackground(tint)
            cursor.insertText(word, look)
        self.text.moveCursor(QTextCursor.MoveOperation.End)
        self.most.setText(localised(self._problem) or self._named(weights))
        self.text.setAccessibleDescription(self.most.text())

    def _named(self, weights: Sequence[tuple[str, float]]) -> str:
        best = sorted((s for s in weights if s[0].strip()), key=lambda s: -s[1])[:_NAMED]
        if not best:
            return self.tr("Looking …")
        words = ", ".join(f"“{word.strip()}” {percent(share)}" for word, share in best)
        return self.tr("Most at {words}").format(words=words)


def _words(pieces: Sequence[bytes], weights: Sequence[float]) -> list[tuple[str, float]]:
    """The tokens as text, those that are parts of one character joined."""
    found: list[tuple[str, float]] = []
    rest, share = b"", 0.0
    for piece, weight in zip(pieces, weights, strict=True):
        rest, share = rest + piece, share + weight
        try:
            text = rest.decode()
        except UnicodeDecodeError:
            if len(rest) < 8:
                continue
            text = rest.decode(errors="replace")
        found.append((text, share))
        rest, share = b"", 0.0
    return found
