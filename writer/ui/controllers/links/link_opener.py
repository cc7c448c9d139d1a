"""Opening addresses in other programs, after a question that says where they lead."""

from __future__ import annotations

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox

from writer.base.printable import printable
from writer.ui.common.dialogs import ask
from writer.ui.window.main_window import MainWindow

_LONGEST_SHOWN = 300
"""Characters of an address that are shown."""


class LinkOpener(QObject):
    """Opens addresses of the web and of mail for `window`. What is not opened is said in the status bar."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window

    async def ask_and_open(self, address: str) -> None:
        """Open an address in the system's program for it, if that is confirmed."""
        url = QUrl(address)
        host = url.host(QUrl.ComponentFormattingOption.FullyEncoded)
        if url.isValid() and url.scheme() in ("http", "https") and host:
            question = self.tr("Open this address in the browser?")
            detail = self.tr("It leads to {host}:").format(host=printable(host)) + "\n" + shown(address)
        elif url.isValid() and url.scheme() == "mailto" and url.path():
            url = QUrl(f"mailto:{url.path(QUrl.ComponentFormattingOption.FullyEncoded)}")  # no attachments
            question, detail = self.tr("Write to this address?"), shown(url.path())
        else:
            self._say(self.tr("The link leads to {address}.").format(address=shown(address)))
            return
        answers = {
            "open": (self.tr("Open"), QMessageBox.ButtonRole.AcceptRole),
            "cancel": (self.tr("Cancel"), QMessageBox.ButtonRole.RejectRole),
        }
        if await ask(self._window, question, detail, answers) == "open" and not QDesktopServices.openUrl(url):
            self._say(self.tr("No program was found that opens it."))

    def _say(self, text: str) -> None:
        self._window.status.show_message(text)


def shown(address: str) -> str:
    """An address as readable text of bounded length."""
    text = printable(address)
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
