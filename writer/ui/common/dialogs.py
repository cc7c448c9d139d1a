"""Dialogs that are awaited: the loop goes on while one is open."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox, QWidget


async def ask(
    parent: QWidget, text: str, detail: str, answers: dict[str, tuple[str, QMessageBox.ButtonRole]]
) -> str:
    """Ask a question. `answers` maps names to label and role; the first is the default.

    Returns the name of the answer; "" where the question was closed without one.
    """
    box = QMessageBox(QMessageBox.Icon.NoIcon, "", text, parent=parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setInformativeText(detail)
    buttons = {name: box.addButton(label, role) for name, (label, role) in answers.items()}
    box.setDefaultButton(next(iter(buttons.values())))
    await finished(box)
    return next((name for name, button in buttons.items() if button is box.clickedButton()), "")


async def tell(parent: QWidget, text: str) -> None:
    """Tell one sentence, and wait until it was read."""
    box = QMessageBox(QMessageBox.Icon.NoIcon, "", text, QMessageBox.StandardButton.Ok, parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
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
