"""Runs the real program for `test_takeover` and works its window from inside, knowing nothing but Qt.

Each line on standard input is a JSON list of a verb and its argument; the answer is a line of JSON with what
the window shows then. The actions go by the names of their objects.

    ["look", ""]               nothing is done
    ["type", "text"]           keys are pressed, one for each character
    ["press", "Ctrl+S"]        one combination of keys is pressed, for a menu where one is open
    ["trigger", "file.new"]    an action is chosen
    ["show", 2]                the tab with this index is chosen
    ["read", ""]               each tab is chosen; the answer has their texts as "texts"
    ["menus", ""]              all menus are filled; the answer has what they offer as "entries"
"""

from __future__ import annotations

import json
import runpy
import threading
import time
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QPlainTextEdit, QTabBar


class Hand(QObject):
    """Lives in the thread of the window; `asked` brings each line to it."""

    asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.asked.connect(self._answer, Qt.ConnectionType.QueuedConnection)

    def _answer(self, line: str) -> None:
        if not any(isinstance(w, QMainWindow) and w.isVisible() for w in QApplication.topLevelWidgets()):
            QTimer.singleShot(20, lambda: self._answer(line))
            return
        verb, argument = json.loads(line)
        more = getattr(self, verb)(argument) or {}
        print(json.dumps(self._seen() | more), flush=True)

    def look(self, _nothing: str) -> None:
        """Do nothing."""

    def type(self, text: str) -> None:
        """Press the keys for `text`."""
        for character in text:
            if character == "\n":
                QTest.keyClick(self._editor, Qt.Key.Key_Return)
            elif character.isascii():
                QTest.keyClick(self._editor, character)
            else:
                for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                    event = QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, character)
                    QApplication.sendEvent(self._editor, event)

    def press(self, keys: str) -> None:
        """Press one combination."""
        combination, widget = QKeySequence(keys)[0], QApplication.activePopupWidget() or self._editor
        QTest.keyClick(widget, combination.key(), combination.keyboardModifiers())

    def trigger(self, name: str) -> None:
        """Choose an action."""
        self._window.findChild(QAction, name).trigger()

    def show(self, index: int) -> None:
        """Choose a tab."""
        self._tabs.setCurrentIndex(index)

    def read(self, _nothing: str) -> dict[str, Any]:
        """Choose each tab; then the one that was chosen before."""
        chosen, texts = self._tabs.currentIndex(), []
        for index in range(self._tabs.count()):
            self._tabs.setCurrentIndex(index)
            texts.append(self._text())
        self._tabs.setCurrentIndex(chosen)
        return {"texts": texts}

    def menus(self, _nothing: str) -> dict[str, Any]:
        """Fill the menus, some of which wait for that until they are shown."""
        menus = self._window.findChildren(QMenu)
        for menu in menus:
            menu.aboutToShow.emit()
        return {"entries": [action.text() for menu in menus for action in menu.actions()]}

    @property
    def _window(self) -> QMainWindow:
        return next(w for w in QApplication.topLevelWidgets() if isinstance(w, QMainWindow))

    @property
    def _editor(self) -> QPlainTextEdit:
        return self._window.findChild(QPlainTextEdit)

    @property
    def _tabs(self) -> QTabBar:
        return self._window.findChild(QTabBar)

    def _text(self) -> str:
        return self._editor.document().toRawText().replace("\u2029", "\n")

    def _seen(self) -> dict[str, Any]:
        tabs, cursor = self._tabs, self._editor.textCursor()
        actions = [action for action in self._window.findChildren(QAction) if action.objectName()]
        return {
            "tabs": [tabs.tabText(i) for i in range(tabs.count())] if tabs else [],
            "files": [tabs.tabToolTip(i) for i in range(tabs.count())] if tabs else [],
            "current": tabs.currentIndex() if tabs else -1,
            "text": self._text(),
            "modified": self._editor.document().isModified(),
            "selected": cursor.selectedText(),
            "cursor": cursor.position(),
            "asks": QApplication.activeModalWidget() is not None,
            "dark": QApplication.palette().window().color().lightness() < 128,
            "size": self._editor.font().pointSize(),
            "labels": {action.objectName(): action.text() for action in actions},
            "enabled": [action.objectName() for action in actions if action.isEnabled()],
            "checked": [action.objectName() for action in actions if action.isChecked()],
            "keys": {
                action.objectName(): [keys.toString() for keys in action.shortcuts()] for action in actions
            },
        }


def listen() -> None:
    """Give each line to the hand, once there is an application."""
    while QApplication.instance() is None:
        time.sleep(0.02)
    hand = Hand()
    hand.moveToThread(QApplication.instance().thread())
    with open(
        0, "rb", buffering=0, closefd=False
    ) as lines:  # a buffer would have a lock, and be held at the end
        for line in lines:
            hand.asked.emit(line.decode())


if __name__ == "__main__":
    threading.Thread(target=listen, daemon=True).start()
    runpy.run_module("writer", run_name="__main__", alter_sys=True)
