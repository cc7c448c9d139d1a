"""The page Server beyond its settings: the API key, a test, and what only the user may allow."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMessageBox, QPushButton, QVBoxLayout, QWidget

from writer.app.models.model_selection import server_of
from writer.base.printable import printable
from writer.engine.remote.connection import Server
from writer.engine.remote.routes import Offer
from writer.settings import api_keys
from writer.settings.server_schema import SERVER_CERTIFICATES, SERVER_TRUSTED
from writer.settings.setting import Setting
from writer.settings.store import SettingsStore
from writer.settings.value_types import SettingsError
from writer.ui.common.dialogs import Confirmation, confirm
from writer.ui.common.translation import Retranslated, localised
from writer.ui.common.widgets import Label
from writer.ui.settings_pages.server_trial import Trial, try_server


class ServerBox(Retranslated, QWidget):
    """The API key in the system's keyring, a test, and the consent to plain http or to one certificate."""

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
        self.certificate = QPushButton(autoDefault=False)
        self._shown: tuple[Server, str] | None = None
        """The server whose certificate is not trusted, and the fingerprint of what it showed."""
        self._lay_out()
        self.key.editingFinished.connect(self._save_key)
        self.test.clicked.connect(self._start_test)
        self.allow.clicked.connect(self._confirm_unencrypted)
        self.certificate.clicked.connect(self._confirm_certificate)
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
        self.certificate.hide()

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.label.setText(self.tr("Key"))
        self.key.setPlaceholderText(self.tr("Kept by the system's keyring"))
        self.key.setAccessibleName(self.tr("Key"))
        self.test.setText(self.tr("Try it"))
        self.certificate.setText(self.tr("Allow this certificate…"))
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
        self._set(SERVER_TRUSTED, (*self._settings.get(SERVER_TRUSTED), host))

    def _confirm_certificate(self) -> None:
        """Ask for consent to the certificate that was shown, which holds for one host and port."""
        if self._shown is None:
            return
        server, fingerprint = self._shown
        question = self.tr(
            "Nobody that this system trusts vouches for {host}. Its certificate has the SHA-256 "
            "fingerprint\n\n{fingerprint}\n\n"
            "Allow it only if the server itself, or whoever runs it, tells you the same one. Another "
            "certificate will be refused."
        ).format(host=printable(server.place), fingerprint=fingerprint)
        title, yes = self.tr("Allow a certificate"), self.tr("Allow")
        confirmation = Confirmation(title, question, yes, icon=QMessageBox.Icon.Warning)
        confirm(self, confirmation, lambda: self._allow_certificate(server.place, fingerprint))

    def _allow_certificate(self, place: str, fingerprint: str) -> None:
        others = [line for line in self._settings.get(SERVER_CERTIFICATES) if line.split()[:1] != [place]]
        self._set(SERVER_CERTIFICATES, (*others, f"{place} {fingerprint}"))

    def _set(self, setting: Setting[tuple[str, ...]], value: tuple[str, ...]) -> None:
        try:
            self._settings.set(setting, value)
        except SettingsError as error:
            self._show_result(localised(error))

    def _start_test(self) -> None:
        if self._task is None or self._task.done():
            self.certificate.hide()
            self._show_result(self.tr("Asking …"))
            self._task = self._loop.create_task(self._test(server_of(self._settings)))

    async def _test(self, server: Server) -> None:
        trial = await self._loop.run_in_executor(None, try_server, server, self._cancelled.is_set)
        if trial is None or _is_deleted(self) or server != server_of(self._settings):
            return
        self._show_result(self._trial_text(trial))
        self._shown = (server, trial.fingerprint) if trial.fingerprint else None
        self.certificate.setVisible(bool(trial.fingerprint))

    def _trial_text(self, trial: Trial) -> str:
        sentences = []
        if trial.models:
            names = printable(", ".join(trial.models[:10]))
            sentences.append(self.tr("It answers. Its models: {names}").format(names=names))
        elif trial.models is not None:
            sentences.append(self.tr("It answers, but offers no model."))
        if trial.trouble:
            sentences.append(localised(trial.trouble))
        if trial.offer is not None:
            sentences.append(self._offer_text(trial.offer))
        if trial.fingerprint:
            shown = self.tr("The SHA-256 fingerprint of what it shows: {fingerprint}")
            sentences.append(shown.format(fingerprint=trial.fingerprint))
        return "\n".join(sentences)

    def _offer_text(self, offer: Offer) -> str:
        if offer.between is not None:
            return self.tr("It is asked for the words that fit between the text before and after the cursor.")
        if offer.plain.is_chat:
            return self.tr("It only chats, so it is asked to continue the text before the cursor.")
        return self.tr("It is asked for the words that continue the text before the cursor.")

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
        for widget in (self.result, self.certificate, self.warning, self.allow):
            column.addWidget(widget)


def _may_be_allowed(server: Server) -> bool:
    """Whether only the consent is missing."""
    return bool(server.hostname) and not replace(server, trusted=frozenset({server.hostname})).why_refused()


def _is_deleted(widget: QObject) -> bool:
    import shiboken6

    return not shiboken6.isValid(widget)
