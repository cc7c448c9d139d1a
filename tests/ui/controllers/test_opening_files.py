"""The ways in which a file comes into the window: dragged, recent, several at once, of another program."""

from __future__ import annotations

import gc
import json
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from writer.app.desktop.single_instance import OpenRequest
from writer.app.desktop.stored_data import stored_items
from writer.base import paths
from writer.documents import pandoc

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|does not support (raise|grabbing)")


def drop(widget, data: QMimeData) -> bool:
    """Drag something to the middle of a widget and let it go; whether it was taken."""
    middle, copy = widget.rect().center(), Qt.DropAction.CopyAction
    left, no = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(middle), copy, data, left, no)
    QApplication.sendEvent(widget, enter)
    if not enter.isAccepted():
        return False
    event = QDropEvent(QPointF(middle), copy, data, left, no, QEvent.Type.Drop)
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def addresses(*files: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    return data


def names(writing) -> list[str]:
    return [page.document.name for page in writing.program.documents.all]


def texts(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).write_text(f"This is {name}.")
    return [folder / name for name in names]


def recent(writing) -> list[str]:
    writing.program.recent._menu.aboutToShow.emit()
    return [action.text() for action in writing.program.recent._menu.actions() if action.text()]


def test_dropped_files_open_wherever_they_fall_and_text_stays_text(start, tmp_path):
    one, two, three = texts(tmp_path, "one.txt", "two 二.md", "three.txt")
    writing = start()
    assert drop(writing.editor.viewport(), addresses(one, two))
    writing.until(lambda: names(writing) == ["one.txt", "two 二.md"])
    assert drop(writing.window.status, addresses(three))
    writing.until(lambda: names(writing)[-1] == "three.txt")
    assert one.exists()
    assert writing.text == "This is three.txt."
    words = QMimeData()
    words.setText("Hello. ")
    assert drop(writing.editor.viewport(), words)
    assert "Hello. " in writing.text
    web = QMimeData()
    web.setUrls([QUrl("https://example.org/a.txt")])
    assert not drop(writing.window.status, web)


def test_several_files_are_chosen_at_once(start, tmp_path):
    texts(tmp_path, "one.txt", "two.txt")
    writing = start()
    writing.key("Ctrl+O")
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
    dialog = QApplication.activeModalWidget()
    line = dialog.findChild(QLineEdit)
    line.setText(f'"{tmp_path}/one.txt" "{tmp_path}/two.txt"')
    writing.key("Return", line)
    writing.back_from(dialog)
    writing.until(lambda: names(writing) == ["one.txt", "two.txt"])


def test_documents_of_other_programs_are_imported_when_they_are_opened(start, tmp_path):
    files = []
    for kind in (pandoc.DOCX, pandoc.ODT):
        file = tmp_path / f"garden.{kind.name}{kind.endings[0].upper()}"
        file.write_bytes(pandoc.from_text(f"From *{kind.name}*.", kind, "The garden", "en-US"))
        files.append(file)
    writing = start(files=(files[0],))
    writing.until(lambda: "From *Word*." in writing.text, 30)
    assert drop(writing.editor.viewport(), addresses(*files))
    writing.until(lambda: len(names(writing)) == 3, 30)
    writing.until(lambda: "From *OpenDocument*." in writing.text, 30)
    assert names(writing) == ["garden.Word.md", "garden.Word.md", "garden.OpenDocument.md"]
    page = tmp_path / "page.html"
    page.write_text("<p>As text.</p>")
    assert drop(writing.editor.viewport(), addresses(page))
    writing.until(lambda: writing.text == "<p>As text.</p>")


def test_recent_files_open_again_and_are_forgotten_on_request(start, tmp_path):
    one, two = texts(tmp_path, "one.txt", "R&D.txt")
    writing = start(files=(one, two))
    writing.until(lambda: len(names(writing)) == 2)
    writing.key("Ctrl+W")
    writing.key("Ctrl+W")
    writing.until(lambda: names(writing) == [""])
    writing.window.close()
    writing.until(lambda: (paths.state_dir() / "session.json").exists())
    writing = start()
    assert [label.split(" — ")[0] for label in recent(writing)[:2]] == ["&1 R&&D.txt", "&2 one.txt"]
    writing.program.recent._menu.actions()[1].trigger()
    writing.until(lambda: writing.text == "This is one.txt.")
    assert recent(writing)[0].startswith("&1 one.txt")
    kept = next(thing for thing in stored_items() if thing.name == "session")
    kept.clear()
    writing.program.recent.clear()
    assert [label[:10] for label in recent(writing)] == ["&1 one.txt", "&Clear Thi"]
    writing.key("Ctrl+W")
    writing.until(lambda: names(writing) == [""])
    writing.window.close()
    session = json.loads((paths.state_dir() / "session.json").read_text())
    assert session["recent"] == [str(one)]


def test_a_later_start_brings_the_window_to_the_front_with_its_files(start, tmp_path):
    (one,) = texts(tmp_path, "one.txt")
    writing = start()
    writing.window.showMinimized()
    writing.program.open(OpenRequest((str(one),)))
    assert not writing.window.isMinimized()
    writing.until(lambda: writing.text == "This is one.txt.")


@pytest.mark.filterwarnings("error")
def test_what_waits_when_the_program_ends_leaves_nothing_behind(start, tmp_path, recwarn):
    (tmp_path / "a.txt").write_text("a", "utf-8")
    writing = start()
    files = writing.program.files
    for _ in range(3):
        files.open(tmp_path / "a.txt")
    writing.close()
    files.open(tmp_path / "a.txt")
    gc.collect()
    assert not [str(each.message) for each in recwarn]
