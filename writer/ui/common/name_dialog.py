"""A dialog that asks for one line: the name of a text, or a number."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QVBoxLayout, QWidget

from writer.ui.common.dialogs import run_dialog
from writer.ui.common.widgets import Label

_WIDTH = 380


async def ask_name(
    parent: QWidget, title: str, hint: str, name: str, selected: tuple[int, int]
) -> str | None:
    """The name that the user entered, None where the dialog was cancelled.

    `name` stands in the field first, with the characters from the first to the second number selected.
    """
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    field = QLineEdit(name)
    field.setAccessibleName(title)
    field.setAccessibleDescription(hint)
    field.setSelection(selected[0], selected[1] - selected[0])
    label = Label(hint, wordWrap=True)
    label.setProperty("tone", "muted")
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
    buttons.accepted.connect(dialog.accept)
    buttons.rejected.connect(dialog.reject)
    column = QVBoxLayout(dialog)
    column.setSpacing(10)
    for widget in (field, label, buttons):
        column.addWidget(widget)
    dialog.setMinimumWidth(_WIDTH)
    accepted = await run_dialog(dialog) == QDialog.DialogCode.Accepted
    return field.text().strip() if accepted else None
