"""The page Personalise with a real training in a real child: learn, see what it brought; cancel; a kill."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import qasync
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QPushButton

from writer.app.models.model_selection import training_request
from writer.app.models.model_service import ModelService
from writer.app.training.preview_service import PreviewService, PreviewState
from writer.app.training.training_service import TrainingService
from writer.base import paths
from writer.models import manifest as manifests
from writer.models.manifest import Manifest
from writer.models.store import ModelStore
from writer.settings.schema import (
    MODEL_NAME,
    PERSONALISE_EXCLUDED,
    PERSONALISE_FOLDER,
    PERSONALISE_METHOD,
    PERSONALISE_OWN_ADDRESSES,
    SCHEMA,
)
from writer.settings.store import FILE_NAME, SettingsStore
from writer.ui.settings.dialog import SettingsDialog
from writer.ui.settings.row import SettingRow
from writer.ui.settings_pages.personalise.personalise_page import PersonalisePage
from writer.ui.startup import make_application
from writer.ui.window.actions import ACTIONS
from writer.ui.window.shortcuts import with_shortcut_settings

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # offscreen, windows cannot keep their size

SECONDS = 120.0


class Page:
    """The page in a running loop, and the hands of its user."""

    def __init__(self, base: Path, texts: Path) -> None:
        app = make_application()
        self.loop = qasync.QEventLoop(app)
        asyncio.set_event_loop(self.loop)
        settings = SettingsStore(paths.config_dir() / FILE_NAME, with_shortcut_settings(SCHEMA, ACTIONS))
        settings.set(MODEL_NAME, str(base))
        settings.set(PERSONALISE_FOLDER, str(texts))
        settings.set(PERSONALISE_METHOD, "full")
        self.settings = settings
        self.training = TrainingService()
        self.previews = PreviewService()
        self.model_service = ModelService(self.loop, settings, ModelStore(paths.models_dir()))
        self.box = PersonalisePage(self.training, self.previews, self.model_service, settings)
        self.box.show()

    @property
    def phase(self) -> str:
        return self.training.state.phase

    def run(self, seconds: float) -> None:
        self.loop.call_later(seconds, self.loop.stop)
        self.loop.run_forever()

    def until(self, holds: Callable[[], object]) -> None:
        end = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < end, self.training.state
            self.run(0.02)

    def click(self, button: QPushButton) -> None:
        assert button.isVisible()
        assert button.isEnabled()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def learn(self) -> None:
        """Learn without a look first."""
        self.box.hide()
        self.loop.run_until_complete(self.previews.close())
        self.training.start(training_request(self.settings))
        self.box.show()

    def close(self) -> None:
        self.loop.run_until_complete(self.previews.close())
        self.loop.run_until_complete(self.training.close())
        self.loop.run_until_complete(self.model_service.close())
        self.box.close()
        self.box.deleteLater()
        self.run(0.01)
        self.loop.close()
        asyncio.set_event_loop(None)


@pytest.fixture
def page(gpt2: Path, texts: Path) -> Iterator[Page]:
    page = Page(gpt2, texts)
    yield page
    page.close()


@pytest.mark.slow
def test_a_folder_is_seen_and_learned_from_to_its_figures_and_its_model(page: Page) -> None:
    assert not page.box.preview.learn.isEnabled()
    page.until(page.box.preview.learn.isEnabled)
    facts = {name.text(): value.text() for name, value in page.box.preview.facts if name.isVisible()}
    assert facts["Documents"] == "6  (6 text)"
    assert facts["In English"].endswith("in 6 of them")
    assert facts["Since the last training"] == "nothing was learned from here yet"
    assert "GB are free" in facts["On this computer"]
    assert facts["Device"] == str(page.previews.state.result.why)
    page.click(page.box.preview.learn)
    page.until(lambda: page.training.state.training_losses)
    assert page.box.progress.isVisible()
    assert not page.box.preview.learn.isVisible()
    page.until(lambda: page.phase == "done")
    learning = page.training.state
    assert learning.held_out_losses
    assert page.box.result.sentence.text() == str(learning.comparison.why)
    shown = page.box.result.numbers[0][1].text()
    value = page.box.locale().toString(learning.comparison.personal["perplexity"]["value"], "f", 1)
    assert shown.startswith(value)
    assert learning.published.model in page.box.versions.rows
    if not learning.published.live:
        page.click(page.box.result.use)
        page.until(lambda: page.model_service._settings.get(MODEL_NAME) == learning.published.model)


def test_a_training_is_cancelled_after_a_question_and_nothing_is_left(page: Page) -> None:
    page.learn()
    page.until(lambda: page.training.state.plan is not None)
    page.click(page.box.progress.cancel)
    question = page.box.findChild(QMessageBox)
    (yes,) = (b for b in question.buttons() if b.text().replace("&", "") == "Cancel training")
    QTest.mouseClick(yes, Qt.MouseButton.LeftButton)
    page.until(lambda: page.phase not in ("running", "stopping"))
    assert page.phase == "stopped"
    assert page.training.unfinished() == ()
    assert page.box.preview.learn.isVisible()


def test_a_look_names_what_is_left_out_and_can_be_stopped_and_made_anew(page: Page, tmp_path: Path) -> None:
    page.until(lambda: page.previews.state.is_alive)
    page.click(page.box.preview.stop)
    assert not page.previews.state.is_alive
    assert not page.box.preview.learn.isEnabled()
    poor = tmp_path / "poor"
    poor.mkdir()
    (poor / "note.txt").write_text("Not much is said in this letter.")
    (poor / "old.doc").write_bytes(b"x")
    page.settings.set(PERSONALISE_FOLDER, str(poor))
    page.until(lambda: page.previews.state.result)
    assert "too little text" in page.box.preview.sentence.text()
    assert not page.box.preview.learn.isEnabled()
    page.click(page.box.preview.show_names)
    (item,) = page.box.preview.names.findItems("old.doc", Qt.MatchFlag.MatchStartsWith)
    assert (
        item.text() == "old.doc: It cannot be read here; open it in its own program and export it as .docx."
    )
    (poor / "old.doc").unlink()
    page.click(page.box.preview.again)
    page.until(lambda: page.previews.state.result)
    assert not page.box.preview.show_names.isVisible()


def test_a_file_with_a_blank_in_its_name_is_left_out(page: Page, tmp_path: Path, texts: Path) -> None:
    folder = shutil.copytree(texts, tmp_path / "with a diary")
    (folder / "my diary.txt").write_text("小溪从山上流下来，绕过村子，流进了湖里。" * 30)
    shutil.copy(folder / "my diary.txt", folder / "-or not.txt")
    for number, name in enumerate(("my.txt", "diary.txt")):
        (folder / name).write_text(
            f"Letter {number}. The stream runs down past the village into the lake. " * 9
        )
    page.settings.set(PERSONALISE_FOLDER, str(folder))
    page.until(lambda: page.previews.state.result)
    assert "zh" in page.previews.state.result.languages
    dialog = SettingsDialog(page.settings, paths.resources_dir() / "icons")
    dialog.open_page("personalise")
    dialog.show()
    dialog.activateWindow()
    page.until(dialog.isActiveWindow)
    (row,) = (r for r in dialog.findChildren(SettingRow) if r.setting is PERSONALISE_EXCLUDED)
    row.control.focus.setFocus()
    QTest.keyClicks(row.control.focus, "my diary.txt")
    QTest.keyClick(row.control.focus, Qt.Key.Key_Return)
    QTest.keyClicks(row.control.focus, "-or not.txt")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    page.until(lambda: page.previews.state.result)
    seen = page.previews.state.result
    assert (seen.kinds, list(seen.languages)) == ({"txt": 8}, ["en"])
    dialog.deleteLater()


def test_mail_addresses_are_asked_where_mails_are_and_taken_at_once(page: Page, tmp_path: Path) -> None:
    page.until(lambda: page.previews.state.result)
    field = page.box.addresses.field
    assert not field.isVisible()
    folder = tmp_path / "mails"
    folder.mkdir()
    (folder / "a.eml").write_text(
        "Received: from x\nFrom: anna@example.org\nTo: bert@example.org\n\nI come.\n"
    )
    page.settings.set(PERSONALISE_FOLDER, str(folder))
    page.until(field.isVisible)
    values = {name.text(): value.text() for name, value in page.box.preview.facts}
    assert values["Mails"] == "it is not known which are yours; say your addresses below"
    page.box.activateWindow()
    page.until(page.box.isActiveWindow)
    field.setFocus()
    QTest.keyClicks(field, "anna@example.org")
    page.box.preview.again.setFocus()
    page.until(lambda: page.settings.get(PERSONALISE_OWN_ADDRESSES) == ("anna@example.org",))
    page.until(lambda: page.previews.state.result and page.previews.state.result.kinds == {"eml": 1})
    assert field.isVisible()
    values = {name.text(): value.text() for name, value in page.box.preview.facts}
    assert values["Mails"] == "those from anna@example.org are learned; written by somebody else: 0"
    assert page.settings.path.stat().st_mode & 0o777 == 0o600


def test_a_killed_training_is_told_and_can_go_on(page: Page) -> None:
    page.learn()
    page.until(lambda: page.training.state.plan is not None)
    os.kill(page.training._process.pid, signal.SIGKILL)
    page.until(lambda: page.phase == "failed")
    assert "unexpectedly" in page.box.result.sentence.text()
    page.click(page.box.result.resume)
    page.until(lambda: page.training.state.training_losses)
    page.training.cancel()
    page.until(lambda: page.phase == "stopped")


def test_deleting_the_model_that_writes_lets_its_base_write_and_leaves_no_trace(page: Page) -> None:
    store = ModelStore(paths.models_dir())
    base = page.model_service._settings.get(MODEL_NAME)
    folder = store.directory / "personal-1"
    shutil.copytree(base, folder)
    manifests.write(folder, Manifest("personal-1", "personal 1", base="smollm2"))
    read = paths.cache_dir() / "corpus" / "text.json"
    read.parent.mkdir()
    read.write_text("{}")
    page.model_service.use_model("personal-1")
    page.box.versions.refresh()
    page.click(page.box.versions.rows["personal-1"].button("remove"))
    (yes,) = (b for b in page.box.findChild(QMessageBox).buttons() if b.text().replace("&", "") == "Delete")
    QTest.mouseClick(yes, Qt.MouseButton.LeftButton)
    page.until(lambda: not page.model_service.jobs)
    assert page.model_service._settings.get(MODEL_NAME) == "smollm2"
    assert not folder.exists()
    assert not read.exists()
    assert page.box.versions.rows == {}


def test_nothing_is_looked_at_before_a_folder_was_chosen(page: Page, texts: Path) -> None:
    assert not page.box.choose.isVisible()
    page.until(lambda: page.previews.state.is_alive)
    page.settings.reset(PERSONALISE_FOLDER)
    assert page.previews.state == PreviewState()
    assert page.box.choose.isVisible()
    assert "Choose the folder" in page.box.choose.text()
    page.until(lambda: not page.previews._process.is_alive)
    page.box.hide()
    page.box.show()
    page.settings.set(PERSONALISE_EXCLUDED, ("my diary.txt",))
    page.run(0.1)
    assert not page.previews._process.is_alive
    assert not page.box.preview.heading.isVisible()
    assert not page.box.preview.again.isVisible()
    assert not page.box.preview.learn.isEnabled()
    page.settings.set(PERSONALISE_FOLDER, str(texts))
    assert page.previews.state.is_alive
    assert not page.box.choose.isVisible()


@pytest.mark.parametrize("folder", ["~", "/", ".", "home/.."])
def test_a_home_folder_is_looked_at_only_after_a_question(
    page: Page, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, texts: Path, folder: str
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME" if os.name != "nt" else "USERPROFILE", str(home))
    monkeypatch.chdir(home if folder == "." else tmp_path)
    page.settings.set(PERSONALISE_FOLDER, folder)
    assert page.previews.state == PreviewState()
    assert page.box.wide.isVisible()
    assert not page.box.preview.isVisible()
    page.box.hide()
    page.box.show()
    assert page.previews.state == PreviewState()
    page.click(page.box.look_anyway)
    assert page.previews.state.request == training_request(page.settings)
    assert page.previews.state.is_alive
    assert not page.box.wide.isVisible()
    page.previews.stop()
    page.settings.set(PERSONALISE_FOLDER, str(texts))
    assert not page.box.wide.isVisible()
    assert page.previews.state.is_alive


def test_an_empty_folder_is_none_and_a_home_is_its_users(
    page: Page, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME" if os.name != "nt" else "USERPROFILE", str(tmp_path))
    for named, folder in (
        ("", ""),
        ("   ", ""),
        ("~/texts", str(tmp_path / "texts")),
        ("~no one/x", "~no one/x"),
    ):
        page.settings.set(PERSONALISE_FOLDER, named)
        assert training_request(page.settings).folder == folder
