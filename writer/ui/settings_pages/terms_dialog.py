"""The dialog that shows the terms of use of a model, to accept them or to go without it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from writer.base.printable import printable
from writer.ui.common.widgets import Label, resize_within_screen


class TermsDialog(QDialog):
    """The `text` of the terms of the model `title`; deleted on closing."""

    def __init__(self, parent: QWidget, title: str, text: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Terms of use"))
        resize_within_screen(self, QSize(600, 480))
        about = Label(wordWrap=True)
        about.setText(
            self.tr("“{name}” may be used under these terms. Read them before you get it.").format(
                name=printable(title)
            )
        )
        self.text = QPlainTextEdit(readOnly=True, plainText=text, tabChangesFocus=True)
        self.text.setAccessibleName(self.tr("Terms of use"))
        buttons = QDialogButtonBox()
        self.accept_button = buttons.addButton(
            self.tr("Accept and get"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        buttons.addButton(self.tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole).setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (about, self.text, buttons):
            column.addWidget(widget)
