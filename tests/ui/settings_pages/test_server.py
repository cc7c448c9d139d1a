"""The server's page by real clicks: the key goes to the keyring, plain http asks, the test tells."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest
import qasync
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QPushButton

from tests.fakes import offering_servers
from tests.fakes.completion_server import CompletionServer
from tests.fakes.own_certificates import FIRST, SECOND, secured
from writer.base import paths
from writer.settings import api_keys
from writer.settings.schema import SCHEMA
from writer.settings.server_schema import SERVER_ADDRESS, SERVER_CERTIFICATES, SERVER_ENABLED, SERVER_TRUSTED
from writer.settings.store import FILE_NAME, SettingsStore
from writer.ui.settings.dialog import SettingsDialog
from writer.ui.settings_pages import server_trial
from writer.ui.settings_pages.server import ServerBox
from writer.ui.startup import make_application
from writer.ui.window.actions import ACTIONS
from writer.ui.window.shortcuts import with_shortcut_settings

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # offscreen, dialogs cannot keep their size


class MemoryKeyring(KeyringBackend):
    """A keyring that forgets; `broken` refuses everything, as a locked one does."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.broken = False

    def _open(self) -> dict[tuple[str, str], str]:
        if self.broken:
            raise KeyringError("locked")
        return self.kept

    def get_password(self, service: str, username: str) -> str | None:
        return self._open().get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._open()[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self._open().pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError


@pytest.fixture
def ring() -> Iterator[MemoryKeyring]:
    before = keyring.get_keyring()
    ring = MemoryKeyring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


class Page:
    def __init__(self) -> None:
        self.app = make_application()
        self.loop = qasync.QEventLoop(self.app)
        asyncio.set_event_loop(self.loop)
        self.settings = SettingsStore(paths.config_dir() / FILE_NAME, with_shortcut_settings(SCHEMA, ACTIONS))
        page_widgets = {"server": [lambda: ServerBox(self.settings, self.loop)]}
        self.pane = SettingsDialog(self.settings, paths.resources_dir() / "icons", page_widgets=page_widgets)
        self.pane.open_page("server")
        self.pane.show()
        self.box = self.pane.findChild(ServerBox)
        self.run(0.01)

    def run(self, seconds: float) -> None:
        self.loop.call_later(seconds, self.loop.stop)
        self.loop.run_forever()

    def until(self, holds: Callable[[], object]) -> None:
        end = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < end, self.box.result.text()
            self.run(0.01)

    def enter_key(self, text: str) -> None:
        self.box.key.setFocus()
        QTest.keyClicks(self.box.key, text)
        QTest.keyClick(self.box.key, Qt.Key.Key_Return)

    def answer(self, label: str) -> None:
        box = self.pane.findChild(QMessageBox)
        (button,) = [b for b in box.findChildren(QPushButton) if b.text().replace("&", "") == label]
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        self.run(0.01)


@pytest.fixture
def page(ring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    monkeypatch.setattr(server_trial, "MODELS_SECONDS", 60.0)
    monkeypatch.setattr(server_trial, "OFFER_SECONDS", 60.0)
    page = Page()
    yield page
    page.pane.close()
    page.pane.deleteLater()
    page.run(0.01)
    page.loop.close()
    asyncio.set_event_loop(None)


def test_it_is_off_and_the_page_says_what_it_means(page: Page) -> None:
    assert page.settings.get(SERVER_ENABLED) is False
    assert not page.box.warning.isVisibleTo(page.box)
    assert not page.box.test.isEnabled()


def test_the_key_goes_to_the_keyring_and_not_into_the_file(page: Page, ring: MemoryKeyring) -> None:
    page.settings.set(SERVER_ADDRESS, "https://team.example:8000/v1")
    page.enter_key("top-secret")
    assert ring.kept == {(api_keys.SERVICE, "team.example:8000"): "top-secret"}
    assert api_keys.load_key("team.example:8000") == "top-secret"
    assert "top-secret" not in page.settings.path.read_text()
    assert page.box.key.text() == ""
    assert "kept" in page.box.result.text()
    api_keys.save_key("team.example:8000", "")
    api_keys.save_key("team.example:8000", "")
    assert ring.kept == {}


def test_a_locked_keyring_is_one_sentence(
    page: Page, ring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring.broken = True
    page.settings.set(SERVER_ADDRESS, "https://team.example")
    page.enter_key("top-secret")
    assert "keyring cannot be used" in page.box.result.text()
    assert api_keys.load_key("team.example") == ""
    monkeypatch.setenv(api_keys.VARIABLE, "from-outside")
    assert api_keys.load_key("team.example") == "from-outside"


def test_plain_http_asks_first(page: Page) -> None:
    page.settings.set(SERVER_ADDRESS, "http://team.example:8000")
    assert "not encrypted" in page.box.warning.text()
    assert not page.box.test.isEnabled()
    for label, trusted in (("Cancel", ()), ("Allow", ("team.example",))):
        QTest.mouseClick(page.box.allow, Qt.MouseButton.LeftButton)
        page.answer(label)
        assert page.settings.get(SERVER_TRUSTED) == trusted
    assert not page.box.warning.isVisibleTo(page.box)
    assert page.box.test.isEnabled()
    page.settings.set(SERVER_ADDRESS, "http://other.example:8000")
    assert "not encrypted" in page.box.warning.text()
    page.settings.set(SERVER_ADDRESS, "no address")
    assert not page.box.allow.isVisibleTo(page.box)


def test_the_server_is_tried(page: Page, ring: MemoryKeyring) -> None:
    with CompletionServer({}).running() as server:
        page.settings.set(SERVER_ADDRESS, server.address)
        page.enter_key("top-secret")
        QTest.mouseClick(page.box.test, Qt.MouseButton.LeftButton)
        page.until(lambda: "big-model, other" in page.box.result.text())
        assert "words that continue the text before the cursor" in page.box.result.text()
        assert set(server.keys) == {"Bearer top-secret"}
        server.kill()
        QTest.mouseClick(page.box.test, Qt.MouseButton.LeftButton)
        page.until(lambda: "cannot be reached" in page.box.result.text())


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        (offering_servers.llama_cpp, "fit between the text before and after the cursor"),
        (offering_servers.chat_only, "It only chats"),
        (offering_servers.thinking, "big-model thinks before it writes"),
        (offering_servers.nothing_at_all, "no such model or no completions"),
    ],
)
def test_what_it_offers_is_said(
    page: Page, ring: MemoryKeyring, answers: offering_servers.Answers, sentence: str
) -> None:
    with CompletionServer({}).running() as server:
        server.answers = answers
        page.settings.set(SERVER_ADDRESS, server.address)
        QTest.mouseClick(page.box.test, Qt.MouseButton.LeftButton)
        page.until(lambda: "Asking" not in page.box.result.text())
        assert sentence in page.box.result.text()


def test_one_certificate_is_allowed_and_another_refused(
    page: Page, ring: MemoryKeyring, tmp_path: Path
) -> None:
    first = secured(CompletionServer({}), FIRST, tmp_path)
    page.settings.set(SERVER_ADDRESS, first.address)
    with first.running():
        QTest.mouseClick(page.box.test, Qt.MouseButton.LeftButton)
        page.until(page.box.certificate.isVisible)
        assert FIRST.fingerprint in page.box.result.text()
        assert first.keys == []
        for label, allowed in (("Cancel", ()), ("Allow", (f"127.0.0.1:{first.port} {FIRST.fingerprint}",))):
            QTest.mouseClick(page.box.certificate, Qt.MouseButton.LeftButton)
            page.answer(label)
            assert page.settings.get(SERVER_CERTIFICATES) == allowed
        QTest.mouseClick(page.box.test, Qt.MouseButton.LeftButton)
        page.until(lambda: "It answers" in page.box.result.text())
        assert not page.box.certificate.isVisible()
    second = secured(CompletionServer({}, port=first.port), SECOND, tmp_path)
    with second.running():
        QTest.mouseClick(page.box.test, Qt.MouseButton.LeftButton)
        page.until(page.box.certificate.isVisible)
        assert "another certificate than the one that you allowed" in page.box.result.text()
        assert SECOND.fingerprint in page.box.result.text()
        assert second.keys == []
        QTest.mouseClick(page.box.certificate, Qt.MouseButton.LeftButton)
        page.answer("Allow")
        assert page.settings.get(SERVER_CERTIFICATES) == (f"127.0.0.1:{first.port} {SECOND.fingerprint}",)
        page.settings.set(SERVER_CERTIFICATES, ())
        QTest.mouseClick(page.box.test, Qt.MouseButton.LeftButton)
        page.until(page.box.certificate.isVisible)
        assert "does not trust" in page.box.result.text()
