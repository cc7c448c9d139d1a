"""The search bar below the text: what to find, and what to replace it by."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QPalette
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QPushButton, QToolButton, QWidget

from writer.text.search import Query
from writer.ui.common.theme import tinted_icon
from writer.ui.common.translation import Retranslated
from writer.ui.common.widgets import Label, plain_tooltip
from writer.ui.panels.match_list import MatchList
from writer.ui.window.action_id import ActionId
from writer.ui.window.actions import Actions

Modifier = Qt.KeyboardModifier

_OPTIONS = (ActionId.FIND_CASE, ActionId.FIND_WHOLE, ActionId.FIND_REGEX)
_SWITCHES = (*_OPTIONS, ActionId.FIND_LIST)
_REPLACE = (ActionId.FIND_REPLACE, ActionId.FIND_REPLACE_ALL)
_FIELD = 220
_COUNT = 150


class SearchBar(Retranslated, QWidget):
    """The fields and buttons of a search. `actions` has the switches (find.case, find.whole, find.regex)."""

    changed = Signal()
    """The pattern changed."""

    entered = Signal(bool)
    """Return in the pattern field: next match, or with Shift (True) the previous one."""

    replaced = Signal()
    """Return in the replacement field."""

    dismissed = Signal()
    """The bar shall be hidden."""

    def __init__(self, actions: Actions, icons: Path) -> None:
        super().__init__()
        self.setObjectName("findBar")
        self.hide()
        self._actions = actions
        self._icons = icons
        self.pattern = QLineEdit(clearButtonEnabled=True)
        self.pattern.setObjectName("findPattern")
        self.pattern.setMinimumWidth(_FIELD)
        self.replacement = QLineEdit(clearButtonEnabled=True)
        self.replacement.setObjectName("findReplacement")
        self.state = Label()
        self.state.setObjectName("findState")
        self.state.setMinimumWidth(_COUNT)
        self._switches = [_button(actions[name]) for name in _SWITCHES]
        self._steps = [
            _button(actions[name]) for name in (ActionId.EDIT_FIND_PREVIOUS, ActionId.EDIT_FIND_NEXT)
        ]
        self._replace = [QPushButton(), QPushButton()]
        self.list = MatchList()
        self._close = QToolButton()
        self._close.clicked.connect(self.dismissed)
        self._lay_out()
        self._connect()
        self.retranslate()
        self._apply_colours()

    def query(self) -> Query:
        """The current query."""
        case, whole, regex = (self._actions[name].isChecked() for name in _OPTIONS)
        return Query(self.pattern.text(), regex, case, whole)

    def open(self, replace: bool, pattern: str) -> None:
        """Show the bar, with the replacement field if `replace`; an empty `pattern` keeps the last one."""
        if pattern:
            self.pattern.setText(pattern)
        for widget in (self.replacement, *self._replace):
            widget.setVisible(replace)
        self._replacing = replace
        self.show()
        self.pattern.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.pattern.selectAll()

    def show_state(self, text: str, warning: bool = False) -> None:
        """Show a count or a sentence beside the field."""
        self.state.setText(text)
        self.state.setToolTip(plain_tooltip(text))
        self.state.setAccessibleName(text)
        self.state.setProperty("tone", "warning" if warning else "muted")
        self.state.style().polish(self.state)

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.pattern.setPlaceholderText(self.tr("Find"))
        self.pattern.setAccessibleName(self.tr("Find"))
        self.replacement.setPlaceholderText(self.tr("Replace with"))
        self.replacement.setAccessibleName(self.tr("Replace with"))
        for field in (self.pattern, self.replacement):
            for clear in field.findChildren(QToolButton):
                clear.setAccessibleName(self.tr("Clear"))
        self.list.setAccessibleName(self.tr("Matches"))
        self._close.setToolTip(self.tr("Close (Esc)"))
        self._close.setAccessibleName(self.tr("Close"))
        for switch, text in zip(self._switches, ("Aa", self.tr("Word"), ".*", self.tr("List")), strict=True):
            switch.setText(text)
        for replace, name in zip(self._replace, _REPLACE, strict=True):
            replace.setText(self._actions[name].text().replace("&", ""))
        for button in (*self._switches, *self._steps):
            action = button.property("action")
            label = action.text().replace("&", "")
            keys = action.shortcut().toString(action.shortcut().SequenceFormat.NativeText)
            button.setAccessibleName(label)
            button.setToolTip(plain_tooltip(f"{label} ({keys})" if keys else label))

    def changeEvent(self, event: QEvent) -> None:
        """Update the icons on a change of theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._apply_colours()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Dismiss the bar on Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismissed.emit()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Emit the signal of a field on Return."""
        if (
            not isinstance(event, QKeyEvent)
            or event.type() != QEvent.Type.KeyPress
            or event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        ):
            return super().eventFilter(watched, event)
        plain = not event.modifiers() & (
            Modifier.ControlModifier | Modifier.AltModifier | Modifier.MetaModifier
        )
        if plain and watched is self.pattern:
            self.entered.emit(bool(event.modifiers() & Modifier.ShiftModifier))
        elif plain:
            self.replaced.emit()
        return plain

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(2)
        for button in (*self._switches, *self._steps):
            tools.addWidget(button)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for replace in self._replace:
            buttons.addWidget(replace)
        buttons.addStretch()
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 6, 10, 6)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        grid.addWidget(self.list, 0, 0, 1, 4)
        grid.addWidget(self.pattern, 1, 0)
        grid.addLayout(tools, 1, 1)
        grid.addWidget(self.state, 1, 2)
        grid.addWidget(self._close, 1, 3)
        grid.addWidget(self.replacement, 2, 0)
        grid.addLayout(buttons, 2, 1, 1, 3)
        order = (self.pattern, self.replacement, *self._replace, *self._switches, *self._steps, self._close)
        for before, after in pairwise((*order, self.list)):
            self.setTabOrder(before, after)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(2, 2)

    def _connect(self) -> None:
        self.pattern.textChanged.connect(self.changed)
        self._actions[ActionId.FIND_LIST].toggled.connect(self.list.setVisible)
        for name in _OPTIONS:
            self._actions[name].toggled.connect(lambda _on: self.changed.emit())
        for button, name in zip(self._replace, _REPLACE, strict=True):
            button.clicked.connect(self._actions[name].trigger)
        for field in (self.pattern, self.replacement):
            field.installEventFilter(self)

    def _apply_colours(self) -> None:
        colour = self.palette().color(QPalette.ColorRole.WindowText)
        for button, name in zip(
            (*self._steps, self._close), ("chevron-up", "chevron-down", "close"), strict=True
        ):
            button.setIcon(tinted_icon(self._icons / f"{name}.svg", colour))


def _button(action: QAction) -> QToolButton:
    """A button that triggers an action, with its own text or icon."""
    button = QToolButton()
    button.setCheckable(action.isCheckable())
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setProperty("action", action)
    button.clicked.connect(action.trigger)
    action.toggled.connect(button.setChecked)
    return button
