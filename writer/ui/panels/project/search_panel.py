"""A side panel to search all texts of a folder, and to replace what was found after a preview."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from writer.text.search import Query
from writer.ui.common.translation import Retranslated
from writer.ui.common.widgets import Label, plain_tooltip
from writer.ui.panels.project.hits_model import HitsModel
from writer.ui.panels.project.project_tree import ProjectTree

_WIDTH, _LEAST = 330, 160
_RETURN = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class ProjectSearchPanel(Retranslated, QWidget):
    """The fields, the switches and the tree of matches."""

    changed = Signal()
    """The query changed."""

    entered = Signal()
    """Return in the pattern field."""

    chosen = Signal(QModelIndex)
    """The index of the match to go to."""

    replace_requested = Signal()
    """The checked texts shall be changed."""

    dismissed = Signal()
    """The panel shall be hidden."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("projectSearch")
        self.hide()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Expanding)
        self.setMinimumWidth(_LEAST)
        self.model = HitsModel(self)
        self.tree = ProjectTree(self.model)
        self.pattern = QLineEdit(clearButtonEnabled=True)
        self.replacement = QLineEdit(clearButtonEnabled=True)
        self.switches = [_switch(text) for text in ("Aa", "", ".*", "")]
        self.case, self.whole, self.regex, self.replacing = self.switches
        self.replace = QPushButton()
        self._title = Label()
        self._title.setProperty("tone", "muted")
        self.state = Label(wordWrap=True)
        self.state.setProperty("tone", "muted")
        self._lay_out()
        self._connect()
        self._show_replacement(False)
        self.retranslate()

    def sizeHint(self) -> QSize:
        """The width in a window that has room."""
        return QSize(_WIDTH, super().sizeHint().height())

    def query(self) -> Query:
        """The current query."""
        case, whole, regex = (switch.isChecked() for switch in (self.case, self.whole, self.regex))
        return Query(self.pattern.text(), regex, case, whole)

    def open(self, pattern: str) -> None:
        """Show the panel; an empty `pattern` keeps the last one."""
        if pattern:
            self.pattern.setText(pattern)
        self.show()
        self.pattern.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.pattern.selectAll()

    def show_state(self, text: str, warning: bool = False) -> None:
        """Show a count or a sentence above the matches."""
        self.state.setText(text)
        self.state.setAccessibleName(text)
        self.state.setProperty("tone", "warning" if warning else "muted")
        self.state.style().polish(self.state)

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self._title.setText(self.tr("Find in All Texts"))
        for field, name in ((self.pattern, self.tr("Find")), (self.replacement, self.tr("Replace with"))):
            field.setPlaceholderText(name)
            field.setAccessibleName(name)
            for clear in field.findChildren(QToolButton):
                clear.setAccessibleName(self.tr("Clear"))
        self.whole.setText(self.tr("Word"))
        self.replacing.setText(self.tr("Replace"))
        self.replace.setText(self.tr("Replace All"))
        names = (
            *(self.tr("Match Case"), self.tr("Whole Words"), self.tr("Regular Expression")),
            self.tr("Replace, with a preview"),
        )
        for switch, name in zip(self.switches, names, strict=True):
            switch.setAccessibleName(name)
            switch.setToolTip(plain_tooltip(name))
        self.tree.setAccessibleName(self.tr("Matches"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Dismiss the panel on Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismissed.emit()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Return searches in the first field, replaces in the second, goes to a match in the tree."""
        is_return = (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in _RETURN
            and not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        )
        if not is_return:
            return super().eventFilter(watched, event)
        if watched is self.pattern:
            self.entered.emit()
        elif watched is self.replacement:
            self.replace.click()
        elif self.tree.currentIndex().isValid():
            self.chosen.emit(self.tree.currentIndex())
        return True

    def _show_replacement(self, on: bool) -> None:
        self.replacement.setVisible(on)
        self.replace.setVisible(on)
        self._preview()
        if on:
            self.replacement.setFocus(Qt.FocusReason.OtherFocusReason)

    def _preview(self) -> None:
        self.model.preview(self.replacement.text() if self.replacing.isChecked() else None)

    def _click(self, index: QModelIndex) -> None:
        """Go to a match; a click on the name of a text unfolds it."""
        if index.parent().isValid():
            self.chosen.emit(index)

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(2)
        for switch in self.switches:
            tools.addWidget(switch)
        tools.addStretch()
        second = QHBoxLayout()
        second.addWidget(self.replacement, 1)
        second.addWidget(self.replace)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 14, 8, 8)
        column.setSpacing(6)
        column.addWidget(self._title)
        column.addWidget(self.pattern)
        column.addLayout(tools)
        column.addLayout(second)
        column.addWidget(self.state)
        column.addWidget(self.tree, 1)

    def _connect(self) -> None:
        self.pattern.textChanged.connect(self.changed)
        for switch in (self.case, self.whole, self.regex):
            switch.toggled.connect(lambda _on: self.changed.emit())
        self.replacing.toggled.connect(self._show_replacement)
        self.replacement.textChanged.connect(lambda _text: self._preview())
        self.replace.clicked.connect(self.replace_requested)
        self.tree.clicked.connect(self._click)
        for widget in (self.pattern, self.replacement, self.tree):
            widget.installEventFilter(self)


def _switch(text: str) -> QToolButton:
    button = QToolButton()
    button.setCheckable(True)
    button.setText(text)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
