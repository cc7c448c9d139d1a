"""The models on the settings page, by real clicks: get, cancel, go on, use, share, remove, import."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import qasync
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QProgressBar, QPushButton

from tests.fakes.hub_server import Fault, HubServer, Repository
from tests.fakes.small_masked import make_bert
from tests.fakes.small_models import make_gpt2
from writer.app.models.model_selection import model_preferences
from writer.app.models.model_service import ModelService
from writer.base import paths
from writer.engine.decoders.step_check import StepMismatchError
from writer.models import manifest as manifests
from writer.models.download import hub_token
from writer.models.manifest import Manifest
from writer.models.model_folder import verify
from writer.models.store import ModelError, ModelStore
from writer.settings.schema import SCHEMA
from writer.settings.store import FILE_NAME, SettingsStore
from writer.ui.settings.dialog import SettingsDialog
from writer.ui.settings_pages.models import ModelsBox
from writer.ui.settings_pages.terms_dialog import TermsDialog
from writer.ui.startup import make_application
from writer.ui.window.actions import ACTIONS
from writer.ui.window.shortcuts import with_shortcut_settings

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # offscreen, dialogs cannot keep their size

ID = "someone--small"
NAME = "someone/small"
SECONDS = 120.0


class Page:
    """The Model page of a settings pane in a running program."""

    def __init__(self) -> None:
        self.app = make_application()
        self.loop = qasync.QEventLoop(self.app)
        asyncio.set_event_loop(self.loop)
        self.settings = SettingsStore(paths.config_dir() / FILE_NAME, with_shortcut_settings(SCHEMA, ACTIONS))
        self.store = ModelStore(paths.models_dir())
        self.model_service = ModelService(self.loop, self.settings, self.store)
        icons = paths.resources_dir() / "icons"
        page_widgets = {"model": [lambda: ModelsBox(self.model_service)]}
        self.pane = SettingsDialog(self.settings, icons, page_widgets=page_widgets)
        self.pane.open_page("model")
        self.pane.resize(820, 1200)
        self.pane.show()
        self.box = self.pane.findChild(ModelsBox)
        self.run(0.01)

    def run(self, seconds: float) -> None:
        self.loop.call_later(seconds, self.loop.stop)
        self.loop.run_forever()

    def until(self, holds: Callable[[], object]) -> None:
        end = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < end, self.box.error.text()
            self.run(0.01)

    def click(self, model_id: str, name: str) -> None:
        button = self.box.rows[model_id].button(name)
        assert button.isVisibleTo(self.box), f"{name} cannot be seen"
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def answer(self, label: str) -> None:
        """Press a button of the question that is open."""
        self.until(lambda: QApplication.activeModalWidget() or self.pane.findChild(QMessageBox))
        box = self.pane.findChild(QMessageBox)
        (button,) = [b for b in box.findChildren(QPushButton) if b.text().replace("&", "") == label]
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def choose(self, path: Path) -> None:
        """Answer the system's chooser."""
        chooser = self.pane.findChild(QFileDialog)
        chooser.fileSelected.emit(str(path))
        chooser.done(QFileDialog.DialogCode.Accepted)

    def idle(self) -> bool:
        return not self.model_service.jobs

    def ask_for(self, name: str) -> None:
        self.box.name.setFocus()
        QTest.keyClicks(self.box.name, name)
        QTest.keyClick(self.box.name, Qt.Key.Key_Return)

    def close(self) -> None:
        self.loop.run_until_complete(self.model_service.close())
        self.run(0.01)
        self.pane.close()
        self.pane.deleteLater()
        self.run(0.01)
        self.loop.close()
        asyncio.set_event_loop(None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_gpt2(tmp_path_factory.mktemp("small") / "small", steps=1)


@pytest.fixture
def server(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with HubServer().running() as running:
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        running.repositories[NAME] = Repository(files, language="zh")
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        yield running


@pytest.fixture
def page(server: HubServer) -> Iterator[Page]:
    page = Page()
    yield page
    page.close()


def test_the_catalogue_is_offered(page: Page) -> None:
    assert {"gpt2", "minimind2-small", "qwen3-0.6b-base"} <= page.box.rows.keys()
    row = page.box.rows["gpt2"]
    assert "551 MB" in row.facts.text()
    assert "MIT" in row.facts.text()
    assert row.button("get").isVisibleTo(page.box)
    assert not row.button("use").isVisibleTo(page.box)


def test_a_model_comes_is_measured_used_and_goes(page: Page, server: HubServer) -> None:
    came: list[str] = []
    page.model_service.installed.connect(came.append)
    page.ask_for(NAME)
    page.until(lambda: came and page.idle())
    row = page.box.rows[ID]
    verify(page.store.find(ID))
    assert "pieces of words a second here" in row.facts.text()
    assert "Chinese" in row.facts.text()
    assert "writes Chinese" in row.facts.text()
    assert model_preferences(page.settings).chinese == ""
    page.model_service.use(row.summary)
    assert model_preferences(page.settings).chinese == ID
    page.click(ID, "remove")
    page.answer("Cancel")
    page.run(0.05)
    assert page.store.find(ID)
    page.click(ID, "remove")
    page.answer("Remove")
    page.until(lambda: ID not in page.box.rows)
    with pytest.raises(ModelError):
        page.store.find(ID)
    page.until(lambda: model_preferences(page.settings).chinese == "")


def test_a_download_is_watched_cancelled_and_goes_on(page: Page, server: HubServer) -> None:
    server.fail("model.safetensors", Fault(piece=4000, pause=0.05))
    page.ask_for(NAME)
    page.until(lambda: ID in page.box.rows and page.model_service.jobs[ID].done > 20_000)
    row = page.box.rows[ID]
    bar = row.findChild(QProgressBar)
    assert bar.isVisibleTo(page.box)
    assert 0 < bar.value() < bar.maximum()
    assert "MB/s" in row.state.text()
    assert "left" in row.state.text()
    page.click(ID, "stop")
    page.until(page.idle)
    row = page.box.rows[ID]
    assert "Stopped at" in row.state.text()
    assert row.button("get").text() == "Resume"
    page.click(ID, "get")
    page.until(page.idle)
    verify(page.store.find(ID))
    assert any(asked for path, asked in server.asked if path.endswith("model.safetensors"))


def test_a_stopped_download_is_removed(page: Page, server: HubServer) -> None:
    server.fail("model.safetensors", Fault(piece=4000, pause=0.05))
    page.ask_for(NAME)
    page.until(lambda: ID in page.model_service.jobs and page.model_service.jobs[ID].done > 20_000)
    page.click(ID, "stop")
    page.until(page.idle)
    page.click(ID, "remove")
    page.answer("Remove")
    page.until(lambda: ID not in page.box.rows)
    assert not [p for p in page.store.directory.iterdir() if not p.name.endswith(".lock")]


@pytest.mark.parametrize("name", ["nobody/nothing", "nothing"])
def test_what_does_not_work_is_one_sentence(page: Page, name: str) -> None:
    page.ask_for(name)
    page.until(lambda: page.box.error.isVisibleTo(page.box) and page.idle())
    assert "HF_TOKEN" in page.box.error.text() or "No model is called" in page.box.error.text()


def test_a_token_is_kept_and_forgotten(page: Page, server: HubServer) -> None:
    """That it is sent is tried with the fetcher, see `test_hub_token`."""
    box = page.box.token_box
    QTest.keyClicks(box.token, "hf_mine")
    QTest.keyClick(box.token, Qt.Key.Key_Return)
    assert (box.result.text(), box.token.text()) == ("The token is kept.", "")
    assert "One is kept" in box.token.placeholderText()
    assert hub_token.token_for(server.address) == "hf_mine"
    QTest.keyClicks(box.token, " ")
    QTest.keyClick(box.token, Qt.Key.Key_Return)
    assert box.result.text() == "The token is forgotten."
    QTest.keyClicks(box.token, "hf mine")
    QTest.keyClick(box.token, Qt.Key.Key_Return)
    assert "no token" in box.result.text()


def test_a_folder_is_imported_and_shared(page: Page, folder: Path, tmp_path: Path) -> None:
    QTest.mouseClick(page.box.folder, Qt.MouseButton.LeftButton)
    page.choose(folder)
    page.until(lambda: "small" in page.box.rows and page.idle())
    page.click("small", "share")
    page.choose(tmp_path / "gift.zip")
    page.until(lambda: (tmp_path / "gift.zip").exists() and page.idle())
    page.model_service.remove(page.box.rows["small"].summary)
    page.until(lambda: "small" not in page.box.rows)
    QTest.mouseClick(page.box.file, Qt.MouseButton.LeftButton)
    page.choose(tmp_path / "gift.zip")
    page.until(lambda: "small" in page.box.rows and page.idle())
    verify(page.store.find("small"))


def test_a_model_that_contradicts_itself_is_told_of_and_not_kept(
    page: Page, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = StepMismatchError("{folder} contradicts itself.", folder=page.store.directory / "small")
    said = json.dumps({"refused": True, **refusal.sentence.as_json()})
    code = f"print({said!r}); raise SystemExit(2)"
    monkeypatch.setattr(paths, "program", lambda: (sys.executable, "-c", code))
    page.model_service.import_model(folder)
    page.until(page.idle)
    assert page.box.error.text() == f"{folder} contradicts itself."
    assert [model.id for model in page.store.models()] == []


def test_a_model_that_takes_the_slower_way_says_why(page: Page, folder: Path, tmp_path: Path) -> None:
    other = shutil.copytree(folder, tmp_path / "other")
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps(config | {"scale_attn_weights": False}))
    page.store.install("other", lambda part: manifest_of(part, other, ("en",)))
    page.model_service.changed.emit()
    facts = page.box.rows["other"].facts
    assert "slower than others" in facts.text()
    assert "its attention scales are changed" in facts.toolTip()
    assert facts.toolTip().startswith("It runs through transformers")


def test_a_model_is_taken_along_for_other_programs(page: Page, folder: Path, tmp_path: Path) -> None:
    page.store.install("small", lambda part: manifest_of(part, folder, ("en",)))
    page.model_service.changed.emit()
    page.until(lambda: "small" in page.box.rows)
    stages: list[str] = []
    page.model_service.progressed.connect(lambda _name, progress: stages.append(progress.stage))
    page.click("small", "share")
    chooser = page.box.findChild(QFileDialog)
    chooser.selectNameFilter(chooser.nameFilters()[2])
    page.choose(tmp_path / "mine")
    page.until(lambda: (tmp_path / "mine.gguf").exists() and page.idle())
    assert (tmp_path / "mine.Modelfile").read_text().startswith("FROM ./mine.gguf\n")
    assert (tmp_path / "mine.gguf").read_bytes()[:4] == b"GGUF"
    assert "fetching" in stages
    page.click("small", "share")
    page.choose(tmp_path / "mine.gguf")
    page.until(lambda: page.box.error.isVisibleTo(page.box) and page.idle())
    assert "is there already" in page.box.error.text()
    page.click("small", "share")
    page.choose(tmp_path / "OTHER.GGUF")
    page.until(lambda: (tmp_path / "OTHER.GGUF").is_file() and page.idle())
    assert (tmp_path / "OTHER.GGUF").read_bytes()[:4] == b"GGUF"


def test_a_masked_model_is_shown_as_one_that_finds_words(
    page: Page, server: HubServer, tmp_path: Path
) -> None:
    folder = make_bert(tmp_path / "bert", steps=1)
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    server.repositories[NAME] = Repository(files, language=["en", "zh"])
    page.ask_for(NAME)
    page.until(lambda: ID in page.box.rows and page.idle())
    row = page.box.rows[ID]
    assert "finds words in English, Chinese" in row.facts.text()
    assert "ms a word here" in row.facts.text()
    assert not row.button("use").isVisibleTo(page.box)
    assert row.button("remove").isVisibleTo(page.box)
    assert model_preferences(page.settings).english == model_preferences(page.settings).chinese == ""


def test_a_language_without_a_name_here_is_shown_by_its_code(page: Page, folder: Path) -> None:
    """What stands in a model's file may be anything; the page opens and shows the other models."""
    page.store.install("odd", lambda part: manifest_of(part, folder, ("de", "a\0b", "zh")))
    page.model_service.changed.emit()
    page.until(lambda: "odd" in page.box.rows)
    assert page.box.rows["odd"].facts.text().startswith("de · a\\x00b · Chinese · ")


def manifest_of(part: Path, model: Path, languages: tuple[str, ...]) -> Manifest:
    shutil.copytree(model, part, dirs_exist_ok=True)
    files = manifests.describe(part, sorted(file.name for file in part.iterdir()))
    return Manifest(id="odd", name="odd", languages=languages, files=files)


def test_terms_of_use_are_shown_and_accepted_once_before_a_model_is_got(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(page.model_service, "get", asked.append)
    page.click("gemma-3-270m", "get")
    page.until(lambda: page.box.findChild(TermsDialog))
    dialog = page.box.findChild(TermsDialog)
    assert "Gemma Terms of Use" in dialog.text.toPlainText()
    dialog.reject()
    page.until(lambda: page.box.findChild(TermsDialog) is None)
    assert asked == []
    page.click("gemma-3-270m", "get")
    page.until(lambda: page.box.findChild(TermsDialog))
    QTest.mouseClick(page.box.findChild(TermsDialog).accept_button, Qt.MouseButton.LeftButton)
    page.until(lambda: asked == ["gemma-3-270m"])
    page.until(lambda: page.box.findChild(TermsDialog) is None)
    page.click("gemma-3-270m", "get")
    assert asked == ["gemma-3-270m"] * 2
    assert page.box.findChild(TermsDialog) is None


def test_keys_stay_where_they_were(page: Page) -> None:
    button = page.box.rows["gpt2"].button("get")
    button.setFocus()
    page.model_service.changed.emit()
    assert page.box.rows["gpt2"].button("get") is not button
    assert page.box.rows["gpt2"].button("get").hasFocus()


def test_closing_stops_what_runs(server: HubServer) -> None:
    page = Page()
    server.fail("model.safetensors", Fault(piece=1000, pause=0.05))
    page.ask_for(NAME)
    page.until(lambda: ID in page.model_service.jobs and page.model_service.jobs[ID].done > 3000)
    page.close()
    assert (page.store.directory / f".{ID}.download").is_dir()
