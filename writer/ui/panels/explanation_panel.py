"""The panel "Why this?": the tokens of a suggestion with their probabilities, and its provenance."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from writer.app.suggestions.explanation_service import Explanation
from writer.base.errors import Message
from writer.ui.common.theme import tinted_icon
from writer.ui.common.translation import Retranslated, localised
from writer.ui.common.widgets import Label
from writer.ui.panels.attention_view import AttentionView
from writer.ui.panels.explanation_text import ExplanationText
from writer.ui.panels.token_list import TokenList, rows_of

_WIDTH = 300


class ExplanationPanel(Retranslated, QWidget):
    """A side panel with an explanation."""

    dismissed = Signal()
    """The focus shall return to the editor."""

    closed = Signal()
    """The panel shall be hidden."""

    def __init__(self, icons: Path, reason: Callable[[Message], str]) -> None:
        super().__init__()
        self.setObjectName("insight")
        self.hide()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(_WIDTH)
        self._icons = icons
        self._words = ExplanationText(reason, self)
        self._explanation: Explanation | None = None
        self._problem: Message = ""
        self._title = Label()
        self._close = QToolButton()
        self._close.clicked.connect(self.closed)
        self.heading = Label(wordWrap=True)
        self.list = TokenList()
        self.facts = Label(wordWrap=True)
        self.attention = AttentionView()
        for label in (self.heading, self.facts):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
            label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._title.setProperty("tone", "muted")
        self.facts.setProperty("tone", "muted")
        self.heading.setProperty("tone", "title")
        self._lay_out()
        self.retranslate()
        self._apply_colours()

    def show_explanation(self, explanation: Explanation) -> None:
        """Show another explanation."""
        self._explanation, self._problem = explanation, ""
        self._fill()

    def show_problem(self, sentence: Message) -> None:
        """Show why there is no explanation."""
        self._explanation, self._problem = None, sentence
        self._fill()

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self._title.setText(self.tr("Why this?"))
        self.list.setAccessibleName(self.tr("Pieces of words, and how likely each was"))
        self._close.setToolTip(self.tr("Close"))
        self._close.setAccessibleName(self.tr("Close"))
        self._fill()

    def changeEvent(self, event: QEvent) -> None:
        """Update the icon on a change of theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._apply_colours()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return to the text on Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismissed.emit()
        else:
            super().keyPressEvent(event)

    def _fill(self) -> None:
        explanation = self._explanation
        if explanation is None:
            waiting = self.tr("Write, or let the cursor rest; what the model thinks comes here.")
            self.heading.setText(localised(self._problem) or waiting)
            self.facts.setText("")
            self.list.steps.show([])
        else:
            self.heading.setText(self._words.heading(explanation))
            self.facts.setText("\n\n".join(self._words.sentences(explanation)))
            self.list.steps.show(rows_of(explanation.steps, self.tr("or {others}"), self.tr("the end")))
        for label in (self.heading, self.facts):
            label.setAccessibleName(label.text())
        self.list.setVisible(bool(self.list.steps.rows))
        self.list.setMaximumHeight(self.list.whole_height())

    def _apply_colours(self) -> None:
        colour = self.palette().color(QPalette.ColorRole.WindowText)
        self._close.setIcon(tinted_icon(self._icons / "close.svg", colour))

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self._title, 1)
        top.addWidget(self._close)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 10, 12)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self.heading)
        column.addWidget(self.list, 100)
        column.addWidget(self.facts)
        column.addWidget(self.attention)
        column.addStretch(1)
