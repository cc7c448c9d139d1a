"""The page Server beyond its settings: the API key, the consent to plain http, and a test."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMessageBox, QPushButton, QVBoxLayout, QWidget

from writer.app.models.model_selection import server_of
from writer.base.errors import Message
from writer.base.printable import printable
from writer.base.progress import CancelCheck, Cancelled
from writer.engine.remote.connection import Connection, Server
from writer.engine.remote.refusals import RemoteError
from writer.settings import api_keys
from writer.settings.schema import SERVER_TRUSTED
from writer.settings.store import SettingsStore
from writer.settings.value_types import SettingsError
from writer.ui.common.dialogs import Confirmation, confirm
from writer.ui.common.translation import Retranslated, localised
from writer.ui.common.widgets import Label

TIMEOUT_SECONDS = 5.0
"""The time limit of the test."""


class ServerBox(Retranslated, QWidget):
    """The API key in the system's keyring, the consent to an unencrypted connection, and a test."""

    def __init__(self, settings: SettingsStore, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._settings = settings
        self._loop = loop
        self._task: asyncio.Task[None] | None = None
        self.label = Label()
        self.key = QLineEdit(echoMode=QLineEdit.EchoMode.Password)
        self.label.setBuddy(self.key)
        self.test = QPushButton(autoDefault=False)
        self.result = Label(wordWrap=True)
        self.result.hide()
        self.warning = Label(wordWrap=True)
        self.warning.setProperty("tone", "warning")
        self.allow = QPushButton(autoDefault=False)
        self._lay_out()
        self.key.editingFinished.connect(self._save_key)
        self.test.clicked.connect(self._start_test)
        self.allow.clicked.connect(self._confirm_unencrypted)
        unsubscribe = settings.subscribe("server", lambda _key: self.refresh())
        self.destroyed.connect(lambda _gone: unsubscribe())
        self._cancelled = cancelled = threading.Event()
        self.destroyed.connect(lambda _gone: cancelled.set())
        self.retranslate()

    def refresh(self) -> None:
        """Show whether the current address may be used."""
        server = server_of(self._settings)
        refusal = server.why_refused() if server.address else ""
        self.warning.setText(localised(refusal))
        self.warning.setVisible(bool(refusal))
        self.allow.setVisible(bool(refusal) and _may_be_allowed(server))
        host = printable(server.hostname).replace("&", "&&")
        self.allow.setText(self.tr("Allow {host} without encryption…").format(host=host))
        self.test.setEnabled(bool(server.address) and not refusal)
        self.result.hide()

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.label.setText(self.tr("Key"))
        self.key.setPlaceholderText(self.tr("Kept by the system's keyring"))
        self.key.setAccessibleName(self.tr("Key"))
        self.test.setText(self.tr("Try it"))
        self.refresh()

    def _save_key(self) -> None:
        if not self.key.isModified():
            return
        self.key.setModified(False)
        try:
            api_keys.save_key(server_of(self._settings).host, self.key.text().strip())
        except SettingsError as error:
            self._show_result(localised(error))
        else:
            self._show_result(
                self.tr("The key is kept.") if self.key.text() else self.tr("The key is forgotten.")
            )
        self.key.clear()

    def _confirm_unencrypted(self) -> None:
        """Ask for consent to plain http, which holds for one host."""
        server = server_of(self._settings)
        question = self.tr(
            "What you write will be sent to {host} without encryption. "
            "Whoever is on the way, in the same café for example, can read it. Allow it?"
        ).format(host=printable(server.hostname))
        title, yes = self.tr("Send without encryption"), self.tr("Allow")
        confirmation = Confirmation(title, question, yes, icon=QMessageBox.Icon.Warning)
        confirm(self, confirmation, lambda: self._allow(server.hostname))

    def _allow(self, host: str) -> None:
        trusted = self._settings.get(SERVER_TRUSTED)
        try:
            self._settings.set(SERVER_TRUSTED, (*trusted, host))
        except SettingsError as error:
            self._show_result(localised(error))

    def _start_test(self) -> None:
        if self._task is None or self._task.done():
            self._show_result(self.tr("Asking …"))
            self._task = self._loop.create_task(self._test(server_of(self._settings)))

    async def _test(self, server: Server) -> None:
        answer = await self._loop.run_in_executor(None, _fetch_models, server, self._cancelled.is_set)
        if not _is_deleted(self):
            self._show_result(self._models_text(answer) if isinstance(answer, list) else localised(answer))

    def _models_text(self, models: list[str]) -> str:
        if not models:
            return self.tr("It answers, but offers no model.")
        return self.tr("It answers. Its models: {names}").format(names=printable(", ".join(models[:10])))

    def _show_result(self, sentence: str) -> None:
        self.result.setText(sentence)
        self.result.show()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.key, 1)
        row.addWidget(self.test)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 10)
        column.setSpacing(6)
        column.addWidget(self.label)
        column.addLayout(row)
        for widget in (self.result, self.warning, self.allow):
            column.addWidget(widget)


def _fetch_models(server: Server, cancelled: CancelCheck) -> list[str] | Message:
    """The server's models, or the sentence about an error.

    Runs in a thread, because keyring and network block. The sentence is "" once `cancelled()`.
    """
    try:
        connection = Connection(replace(server, key=api_keys.load_key(server.host)))
    except RemoteError as error:
        return error.sentence
    try:
        return connection.models(cancelled, TIMEOUT_SECONDS)
    except RemoteError as error:
        return error.sentence
    except Cancelled:
        return ""
    finally:
        connection.close()


def _may_be_allowed(server: Server) -> bool:
    """Whether only the consent is missing."""
    return bool(server.hostname) and not replace(server, trusted=frozenset({server.hostname})).why_refused()


def _is_deleted(widget: QObject) -> bool:
    import shiboken6

    return not shiboken6.isValid(widget)
