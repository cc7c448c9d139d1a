"""Message boxes and file dialogs, asynchronous: the event loop runs while one is open.

They show plain text, because a question may quote a file's name that looks like HTML.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QChildEvent, QEvent, QObject, Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel, QMessageBox, QWidget

TITLE = "Writer"
"""The title of dialogs that need no other."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A question with two answers, whose buttons are labelled `yes` and `no`; "" is Cancel."""

    title: str
    question: str
    yes: str
    no: str = ""
    icon: QMessageBox.Icon = QMessageBox.Icon.Question


class PlainMessages(QObject):
    """An event filter that makes the message boxes of one of Qt's own dialogs show plain text.

    It filters events because Qt shows no native dialog for a class derived from QFileDialog.
    """

    def __init__(self, dialog: QDialog) -> None:
        super().__init__(dialog)
        dialog.installEventFilter(self)

    def eventFilter(self, _dialog: QObject, event: QEvent) -> bool:
        """Set the format when a message box is polished: it has its text then, but no layout."""
        if isinstance(event, QChildEvent) and event.type() == QEvent.Type.ChildPolished:
            child = event.child()
            if isinstance(child, QMessageBox):
                child.setTextFormat(Qt.TextFormat.PlainText)
        return False


def file_dialog(parent: QWidget, title: str, folder: str = "") -> QFileDialog:
    """A dialog to choose files or folders, native where the system has one; not shown yet."""
    dialog = QFileDialog(parent, title, folder)
    PlainMessages(dialog)
    return dialog


def message_box(
    parent: QWidget, text: str, detail: str = "", icon: QMessageBox.Icon = QMessageBox.Icon.NoIcon
) -> QMessageBox:
    """A message box with plain text, the program's name as its title, and without buttons; not shown yet."""
    box = QMessageBox(icon, TITLE, text, parent=parent)
    box.setInformativeText(detail)
    for label in box.findChildren(QLabel):
        label.setTextFormat(Qt.TextFormat.PlainText)
    return box


def confirm(parent: QWidget, confirmation: Confirmation, on_confirm: Callable[[], object]) -> None:
    """Ask a question, and call `on_confirm` where the answer is yes. "No" is the default."""
    box = message_box(parent, confirmation.question, icon=confirmation.icon)
    box.setWindowTitle(confirmation.title)
    yes = box.addButton(confirmation.yes, QMessageBox.ButtonRole.DestructiveRole)
    if confirmation.no:
        no = box.addButton(confirmation.no, QMessageBox.ButtonRole.RejectRole)
    else:
        no = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(no)
    yes.clicked.connect(lambda _checked: on_confirm())
    box.finished.connect(box.deleteLater)
    box.open()


async def ask(
    parent: QWidget, text: str, detail: str, answers: dict[str, tuple[str, QMessageBox.ButtonRole]]
) -> str:
    """The name of the answer to a question, "" where it was closed without one.

    `answers` maps names to label and role; the first is the default.
    """
    box = message_box(parent, text, detail)
    buttons = {name: box.addButton(label, role) for name, (label, role) in answers.items()}
    box.setDefaultButton(next(iter(buttons.values())))
    await run_dialog(box)
    return next((name for name, button in buttons.items() if button is box.clickedButton()), "")


async def show_message(parent: QWidget, text: str) -> None:
    """Show a message, and wait until it is closed."""
    box = message_box(parent, text)
    box.addButton(QMessageBox.StandardButton.Ok)
    await run_dialog(box)


async def choose_files(dialog: QFileDialog) -> list[str]:
    """The chosen paths, none where the dialog was cancelled."""
    accepted = await run_dialog(dialog) == QDialog.DialogCode.Accepted
    return dialog.selectedFiles() if accepted else []


async def run_dialog(dialog: QDialog) -> int:
    """The result code of a dialog of any kind; its values may be read until the next turn of the loop."""
    result: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def finish(code: int) -> None:
        if not result.done():
            result.set_result(code)

    dialog.finished.connect(finish)
    QDialog.open(dialog)  # that of a QPrintDialog needs a receiver in Python
    try:
        return await result
    finally:
        dialog.deleteLater()
