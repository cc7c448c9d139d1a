"""Names from outside are shown as they are: models', licences, files, a server's answers are never HTML."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtGui import Qt as QtText
from PySide6.QtGui import QTextDocumentFragment
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMessageBox,
    QProgressDialog,
    QTabBar,
    QWidget,
)

from tests.fakes.completion_server import CompletionServer, Trouble
from tests.fakes.small_models import make_gpt2
from writer.app.training.preview_service import PreviewState
from writer.base import paths
from writer.base.errors import Sentence
from writer.engine.engine_state import EngineFailed, EngineReady
from writer.models import manifest as manifests
from writer.models.manifest import Manifest
from writer.settings.server_schema import SERVER_ADDRESS
from writer.settings.store import FILE_NAME
from writer.training.events import Previewed, TrainingRequest
from writer.ui.common.widgets import plain_tooltip
from writer.ui.settings_pages.models import ModelsBox
from writer.ui.settings_pages.personalise.personalise_page import PersonalisePage
from writer.ui.settings_pages.server import ServerBox

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|does not support (raise|grabbing)")

MARK = '<img src="file:%2Fdev%2Fnull"><b>&amp;'
"""HTML that is a file's name as well: an image from any file of the machine, an element, an entity."""


def tooltips(widget: QWidget) -> Iterator[str]:
    yield widget.toolTip()
    if isinstance(widget, QTabBar):
        yield from (widget.tabToolTip(index) for index in range(widget.count()))
    if isinstance(widget, QAbstractItemView) and isinstance(model := widget.model(), QAbstractItemModel):
        rows = range(model.rowCount())
        yield from (str(model.index(r, 0).data(Qt.ItemDataRole.ToolTipRole) or "") for r in rows)


def texts(widget: QWidget) -> Iterator[tuple[str, bool]]:
    """What a widget shows of itself, and whether Qt takes that for HTML."""
    yield from ((tip, QtText.mightBeRichText(tip)) for tip in tooltips(widget))
    if isinstance(widget, QLabel):
        likely = widget.textFormat() == Qt.TextFormat.AutoText and QtText.mightBeRichText(widget.text())
        yield widget.text(), likely or widget.textFormat() == Qt.TextFormat.RichText


def seen() -> list[str]:
    """The texts in all windows, as a reader sees them. Each with `MARK` in it has to show it as it is."""
    found = []
    for window in QApplication.topLevelWidgets():
        for widget in [window, *window.findChildren(QWidget)]:
            for text, is_html in texts(widget):
                read = QTextDocumentFragment.fromHtml(text).toPlainText() if is_html else text
                assert not is_html or MARK not in text, f"{type(widget).__name__} takes for HTML: {text}"
                found.append(read)
    return found


def shows(*expected: str) -> None:
    found = seen()
    assert [text for text in expected if not any(text in one for one in found)] == []


def message(writing) -> str:
    """The text of the message that is open, once it is; it is closed."""
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QMessageBox))
    box = QApplication.activeModalWidget()
    seen()
    said = f"{box.text()} {box.informativeText()}"
    box.reject()
    writing.back_from(box)
    return said


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A file with `MARK` as its name in a folder with that name, and another one."""
    folder = tmp_path / MARK
    folder.mkdir()
    for name in (MARK, "other.txt"):
        (folder / name).write_text(f"# {MARK}\n\nWords in {MARK}")
    return folder / MARK, folder / "other.txt"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Two models whose folder, name, licence, base and source are `MARK`; one of them is damaged."""
    whole = make_gpt2(paths.models_dir() / f"{MARK} 1", steps=1)
    manifest = Manifest(whole.name, MARK, MARK, MARK, licence=MARK, base=MARK, languages=("en",))
    manifests.write(whole, manifest)
    damaged = paths.models_dir() / f"{MARK} 2"
    damaged.mkdir()
    manifests.write(damaged, replace(manifest, id=damaged.name))
    return whole


def test_a_file_s_name_in_the_window_is_text(start, files):
    writing = start(files=files)
    writing.until(lambda: "other.txt" in writing.window.windowTitle())
    writing.actions["view.outline"].trigger()
    writing.key("Ctrl+PgUp")
    writing.until(lambda: writing.window.windowTitle().startswith(MARK))
    shows(str(files[0]))  # the tab's tooltip
    assert writing.program.tabs.tabText(0) == MARK.replace("&", "&&")
    writing.run(0.3)
    shows(MARK)  # a heading's
    writing.program.recent._menu.aboutToShow.emit()
    labels = [action.text() for action in writing.program.recent._menu.actions()]
    assert any(MARK.replace("&", "&&") in label for label in labels)
    pane = writing.program.settings_dialog.open("suggestions")
    shows(f"Suggest in “{MARK}”")
    pane.close()


def test_a_file_s_name_in_a_message_is_text(start, files, logged_errors):
    file = files[0]
    writing = start(files=(file,))
    writing.until(lambda: writing.window.windowTitle().startswith(MARK))
    writing.type("x")
    writing.key("Ctrl+W")
    assert MARK in message(writing)
    file.write_text("another text\n")
    writing.key("Ctrl+S")
    assert str(file) in message(writing)
    file.unlink()
    file.mkdir()
    writing.key("Ctrl+S")
    assert str(file) in message(writing)
    writing.program.container.journals.protection_changed.emit(Sentence("{path} is bad.", {"path": file}))
    shows(str(file))


def test_a_file_s_name_in_a_question_of_qt_is_text(start, files, qapp, tmp_path):
    name = f"{MARK.replace(chr(34), '')}.txt"  # its dialog takes a quote for the beginning of a list
    (tmp_path / name).write_text("x")
    qapp.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    writing = start()
    writing.type("x")
    writing.key("Ctrl+S")
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
    chooser = QApplication.activeModalWidget()
    chooser.setDirectory(str(tmp_path))
    chooser.findChild(QLineEdit).setText(name)
    writing.program.loop.call_later(0.2, look := Look())
    writing.key("Return", chooser.findChild(QLineEdit))
    assert look.said.startswith(name)
    assert look.format == Qt.TextFormat.PlainText
    chooser.reject()
    writing.back_from(chooser)
    assert (tmp_path / name).read_text() == "x"
    writing.editor.document().setModified(False)


class Look:
    """What a message of Qt says and how, which is closed then."""

    said, format = "", Qt.TextFormat.AutoText

    def __call__(self) -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            self.said, self.format = box.text(), box.textFormat()
        box.done(0)


def test_what_takes_long_names_a_file_as_text(start, tmp_path):
    file = tmp_path / f"{MARK}.html"
    file.write_text(("<div>" * 3000 + "x" + "</div>" * 3000) * 40)
    writing = start()
    writing.program.import_export.import_file(file)
    writing.until(lambda: any(d.isVisible() for d in writing.window.findChildren(QProgressDialog)), 10)
    shows(f"Converting {file.name}…")
    writing.window.findChild(QProgressDialog).canceled.emit()
    writing.until(lambda: not writing.window.findChildren(QProgressDialog), 10)


def test_models_with_such_names_are_text(start, models):
    writing = start()
    pane = writing.program.settings_dialog.open("model")
    pane.resize(820, 2000)
    writing.run(0.05)
    box = pane.findChild(ModelsBox)
    shows(MARK, f"personal, from {MARK}")
    assert {f"{MARK} 1", f"{MARK} 2"} <= set(box.rows)
    for name in ("remove", "use"):
        QTest.mouseClick(box.rows[models.name].button(name), Qt.MouseButton.LeftButton)
        if name == "remove":
            question = pane.findChild(QMessageBox)
            shows(f"Remove “{MARK}” from this computer?")
            question.reject()
        writing.run(0.05)
    box._show_error(Sentence("{name}: no", {"name": MARK}))
    shows(f"{MARK}: no")
    pane.open_page("personalise")
    page = pane.findChild(PersonalisePage)
    QTest.mouseClick(page.versions.rows[models.name].button("remove"), Qt.MouseButton.LeftButton)
    shows(f"Delete “{MARK}”, and everything made from it?")
    pane.findChild(QMessageBox).reject()
    refused = ({"name": MARK, "reason": "same", "other": MARK},)
    found = Previewed("/", {}, {}, 0, refused, {}, 0, {}, None, obstacle=Sentence("{n}!", {"n": MARK}))
    page.preview.show_preview(PreviewState(TrainingRequest(""), result=found), current=True)
    shows(f"{MARK}!")
    pane.close()


@pytest.mark.parametrize("device", ["cpu", "server"])
def test_what_the_engine_says_is_text(start, device):
    writing = start()
    writing.key("F4")
    why = Sentence("it is {host}", {"host": MARK})
    writing.program.container._set_engine_state(EngineReady(MARK, device, why))
    shows(MARK, f"it is {MARK}")
    writing.program.container._set_engine_state(EngineFailed(Sentence("{name} is bad.", {"name": MARK})))
    shows(f"{MARK} is bad.")


def test_a_server_s_models_are_text(start):
    with CompletionServer({}).running() as server:
        server.troubles.append(Trouble(body=b'{"data": [{"id": %s}]}' % repr_json(MARK)))
        writing = start()
        writing.settings.set(SERVER_ADDRESS, server.address)
        pane = writing.program.settings_dialog.open("server")
        box = pane.findChild(ServerBox)
        QTest.mouseClick(box.test, Qt.MouseButton.LeftButton)
        writing.until(lambda: "Its models" in box.result.text())
        shows(f"It answers. Its models: {MARK}")
        pane.close()


def repr_json(text: str) -> bytes:
    import json

    return json.dumps(text).encode()


def test_what_a_settings_file_makes_the_window_say_is_text(start):
    file = paths.config_dir() / FILE_NAME
    file.write_text(f"[model]\nname = [1, '{MARK}']\n", "utf-8")
    writing = start()
    seen()
    pane = writing.program.settings_dialog.open()
    pane._show_error(Sentence("{value} is no value.", {"value": MARK}))
    shows(f"{MARK} is no value.")
    writing.actions["app.about"].trigger()
    seen()
    pane.close()


def test_what_is_searched_and_explained_is_text(start):
    writing = start({"Go ": f"{MARK} now"})
    bar = writing.program.late.search.bar
    bar.show_state(MARK)
    shows(MARK)
    writing.type("Go ")
    assert writing.ghost()
    writing.key("F4")
    panel = writing.program.late.explanation.panel
    writing.until(lambda: panel.list.steps.rows)
    others = replace(panel.list.steps.rows[0], others=f"or {MARK}")
    panel.list.steps.show([others])
    shows(f"or {MARK}", MARK)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"\xff\xfe.txt", "\\xff\\xfe.txt"),
        (b"a\nb.txt", "a\\nb.txt"),
        (b"\x1b[31mred.txt", "\\x1b[31mred.txt"),
        (b"\xe2\x80\xaetxt.exe", "\\u202etxt.exe"),
        (b"a[*].txt", "a[*].txt"),
        (b"a\tR&D.txt", "a\\tR&D.txt"),
    ],
)
def test_what_is_not_printable_in_a_name_is_shown_as_an_escape(start, tmp_path, name, shown):
    file, other = tmp_path / os.fsdecode(name), tmp_path / "other.txt"
    for one in (file, other):
        one.write_text("Text")
    writing = start({"Text on": " and on"}, files=(file, other))
    writing.until(lambda: "other.txt" in writing.window.windowTitle())
    assert writing.program.tabs.tabText(0) == shown.replace("&", "&&")
    writing.key("Ctrl+PgUp")
    writing.until(lambda: "other.txt" not in writing.window.windowTitle())
    assert writing.window.windowHandle().title() == f"{shown} — Writer"
    shows(f"{tmp_path}/{shown}")
    writing.program.recent._menu.aboutToShow.emit()
    labels = [action.text() for action in writing.program.recent._menu.actions()]
    assert sum(shown.replace("&", "&&") in label for label in labels) == 1
    pane = writing.program.settings_dialog.open("suggestions")
    shows(f"Suggest in “{shown}”")
    pane.close()
    writing.back_from(pane)
    writing.key("Ctrl+End")
    writing.type(" on")
    assert writing.ghost() == " and on"
    writing.key("Ctrl+W")
    assert f"“{shown}”" in message(writing)
    writing.key("Ctrl+S")
    writing.until(lambda: not writing.window.isWindowModified())
    assert file.read_text() == "Text on"
    writing.type("!")
    again = start()
    again.until(lambda: again.program.documents.with_path(file))
    again.program.documents.show(again.program.documents.with_path(file))
    assert again.text == "Text on!"
    assert again.window.windowHandle().title() == f"{shown}* — Writer"
    file.unlink()
    again.window.activated.emit()
    again.until(lambda: "is gone" in again.window.status.message.full_text())
    shows(f"The file of “{shown}” is gone; save the text to keep it.")


@pytest.mark.parametrize(
    "text", ["", "/home/a/b.txt", "a < b", MARK, "  <b>two  blanks\nand a line</b> &lt;"]
)
def test_a_tooltip_reads_as_its_text(qapp, text):
    tip = plain_tooltip(text)
    is_html = QtText.mightBeRichText(tip)
    assert (QTextDocumentFragment.fromHtml(tip).toPlainText() if is_html else tip) == text


SHOWING = """
import resource, sys
from threading import Event
from PySide6.QtWidgets import QApplication, QToolTip, QWidget
from writer.engine.engine_state import EngineReady
from writer.models.library.overview import ModelSummary
from writer.ui.common.dialogs import message_box
from writer.ui.common.progress_dialog import ProgressDialog
from writer.ui.common.widgets import plain_tooltip
from writer.ui.settings_pages.model_row import ModelRow
from writer.ui.window.status_bar import StatusBar

app, name = QApplication([]), sys.argv[1]
parent, status = QWidget(), StatusBar()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
status.set_state(EngineReady(name, "server", name))
row = ModelRow(ModelSummary(name, name, name, "here", (), 0, name, name, name, name))
shown = [status, row, message_box(parent, name, name), ProgressDialog(parent, name, Event())]
for widget in shown:
    widget.show()
    widget.grab()
    QToolTip.showText(widget.pos(), plain_tooltip(name))
    app.processEvents()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_no_file_is_read_because_a_name_asks_for_it(tmp_path):
    picture = tmp_path / "large.png"
    with picture.open("wb") as file:
        file.truncate(256 << 20)
    name = f'<img src="{picture}">'
    child = [sys.executable, "-c", SHOWING, name]
    result = subprocess.run(child, capture_output=True, env=os.environ, timeout=120, check=True)
    assert int(result.stdout) < 100_000, "kilobytes more than before"
