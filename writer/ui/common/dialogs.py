"""Message boxes and file dialogs, awaited or with a callback: the loop goes on while one is open.

What they show is plain text: a question may quote a file's name, which can look like HTML.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QChildEvent, QEvent, QObject, Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel, QMessageBox, QWidget


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A question with two answers. `yes` and `no` are the labels of the buttons; "" is Cancel."""

    title: str
    question: str
    yes: str
    no: str = ""
    icon: QMessageBox.Icon = QMessageBox.Icon.Question


class PlainMessages(QObject):
    """Makes the messages that one of Qt's own dialogs opens, with names of files in them, plain text.

    It watches the dialog from outside: of a class derived from QFileDialog, Qt shows no system's dialog.
    """

    def __init__(self, dialog: QDialog) -> None:
        super().__init__(dialog)
        dialog.installEventFilter(self)

    def eventFilter(self, _dialog: QObject, event: QEvent) -> bool:
        """A message has its text, and is not laid out yet, when it is polished."""
        if isinstance(event, QChildEvent) and event.type() == QEvent.Type.ChildPolished:
            child = event.child()
            if isinstance(child, QMessageBox):
                child.setTextFormat(Qt.TextFormat.PlainText)
        return False


def file_dialog(parent: QWidget, title: str, folder: str = "") -> QFileDialog:
    """The dialog in which files and folders are chosen, not shown yet; the system's, where it has one."""
    dialog = QFileDialog(parent, title, folder)
    PlainMessages(dialog)
    return dialog


def message_box(
    parent: QWidget, text: str, detail: str = "", icon: QMessageBox.Icon = QMessageBox.Icon.NoIcon
) -> QMessageBox:
    """A message box without buttons, not shown yet."""
    box = QMessageBox(icon, "", text, parent=parent)
    box.setInformativeText(detail)
    for label in box.findChildren(QLabel):
        label.setTextFormat(Qt.TextFormat.PlainText)
    return box


def confirm(parent: QWidget, what: Confirmation, then: Callable[[], object]) -> None:
    """Ask, and call `then` where the answer is yes. "No" is the default."""
    box = message_box(parent, what.question, icon=what.icon)
    box.setWindowTitle(what.title)
    yes = box.addButton(what.yes, QMessageBox.ButtonRole.DestructiveRole)
    if what.no:
        no = box.addButton(what.no, QMessageBox.ButtonRole.RejectRole)
    else:
        no = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(no)
    yes.clicked.connect(lambda _checked: then())
    box.finished.connect(box.deleteLater)
    box.open()


async def ask(
    parent: QWidget, text: str, detail: str, answers: dict[str, tuple[str, QMessageBox.ButtonRole]]
) -> str:
    """Ask a question. `answers` maps names to label and role; the first is the default.

    Returns the name of the answer; "" where the question was closed without one.
    """
    box = message_box(parent, text, detail)
    buttons = {name: box.addButton(label, role) for name, (label, role) in answers.items()}
    box.setDefaultButton(next(iter(buttons.values())))
    await finished(box)
    return next((name for name, button in buttons.items() if button is box.clickedButton()), "")


async def tell(parent: QWidget, text: str) -> None:
    """Tell one sentence, and wait until it was read."""
    box = message_box(parent, text)
    box.addButton(QMessageBox.StandardButton.Ok)
    await finished(box)


async def choose_files(dialog: QFileDialog) -> list[str]:
    """The paths that were chosen."""
    accepted = await finished(dialog) == QDialog.DialogCode.Accepted
    return dialog.selectedFiles() if accepted else []


async def finished(dialog: QDialog) -> int:
    """How a dialog of any kind was left; it may still be read until the next turn of the loop."""
    left: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def leave(result: int) -> None:
        if not left.done():
            left.set_result(result)

    dialog.finished.connect(leave)
    dialog.open()
    result = await left
    dialog.deleteLater()
    return result
