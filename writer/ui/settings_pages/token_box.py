"""The user's token for the hub, entered on the page of the models."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from writer.app.models.model_service import ModelService
from writer.ui.common.translation import Retranslated, localised
from writer.ui.common.widgets import Label


class TokenBox(Retranslated, QWidget):
    """A field for the token, which is never shown, and a line that says what became of it."""

    def __init__(self, model_service: ModelService) -> None:
        super().__init__()
        self._model_service = model_service
        self.label = Label()
        self.token = QLineEdit(echoMode=QLineEdit.EchoMode.Password)
        self.label.setBuddy(self.token)
        self.result = Label(wordWrap=True)
        self.result.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(6)
        for widget in (self.label, self.token, self.result):
            column.addWidget(widget)
        self.token.editingFinished.connect(self._keep)
        self.retranslate()

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.label.setText(self.tr("Your token for models that are not given to everybody"))
        self.token.setAccessibleName(self.tr("Token"))
        self._show_state()

    def _show_state(self) -> None:
        self.token.setPlaceholderText(
            self.tr("One is kept; type another, or a space to forget it")
            if self._model_service.has_token()
            else self.tr("Kept in a file that only you can read, and sent to the hub alone")
        )

    def _keep(self) -> None:
        if not self.token.isModified():
            return
        self.token.setModified(False)
        entered = bool(self.token.text().strip())
        why = self._model_service.keep_token(self.token.text().strip())
        self.token.clear()
        self.result.setText(
            localised(why)
            if why
            else self.tr("The token is kept.")
            if entered
            else self.tr("The token is forgotten.")
        )
        self.result.show()
        self._show_state()
