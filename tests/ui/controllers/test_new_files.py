"""Names of files that are not there yet, given on the command line: `writer newfile.md`."""

from __future__ import annotations

from pathlib import Path

import pytest

from writer.app.desktop.single_instance import OpenRequest

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")


def names(writing) -> list[str]:
    return [opened.document.name for opened in writing.program.documents.all]


def message(writing) -> str:
    return writing.window.status.message.full_text()


@pytest.mark.parametrize("name", ["new.md", "早上.txt", "no ending"])
def test_a_new_name_is_an_empty_text_whose_file_is_made_by_saving(start, tmp_path, name):
    file = tmp_path / name
    writing = start(files=(file,))
    assert (names(writing), writing.text, file.exists()) == ([name], "", False)
    assert message(writing) == f"“{name}” is a new text; its file is made when you save it."
    assert not writing.window.isWindowModified()
    assert writing.program.recent.paths == ()
    writing.type("# One\nwords")
    writing.window.activated.emit()
    writing.run(0.1)
    assert names(writing) == [name]
    assert not writing.program.documents.current.document.file_missing
    writing.key("Ctrl+S")
    writing.until(lambda: not writing.window.isWindowModified())
    assert file.read_text() == "# One\nwords"
    assert writing.program.recent.paths == (str(file),)
    writing.until(lambda: not writing.program.files._tasks.busy)  # what comes back meanwhile does not look
    file.unlink()
    writing.window.activated.emit()
    writing.until(lambda: writing.program.documents.current.document.file_missing)


def test_a_new_text_that_was_not_saved_is_there_at_the_next_start(start, tmp_path):
    file = tmp_path / "new.md"
    writing = start(files=(file,))
    writing.type("kept")
    writing = start()
    assert (names(writing), writing.text) == (["new.md"], "kept")
    writing.key("Ctrl+S")
    writing.until(file.exists)
    writing.until(lambda: not writing.window.isWindowModified())
    assert file.read_text() == "kept"


def test_a_new_text_in_which_nothing_was_written_leaves_nothing(start, tmp_path):
    file = tmp_path / "new.md"
    start(files=(file,))
    writing = start()
    assert names(writing) == [""]
    assert not file.exists()


def test_a_file_that_another_program_makes_meanwhile_is_not_replaced_unasked(start, tmp_path):
    file = tmp_path / "new.md"
    writing = start(files=(file,))
    writing.type("mine")
    file.write_text("theirs")
    writing.key("Ctrl+S")
    writing.answer("Cancel")
    assert file.read_text() == "theirs"
    assert writing.text == "mine"


def test_the_running_window_begins_a_text_beside_the_others(start, tmp_path):
    (tmp_path / "old.txt").write_text("old")
    writing = start()
    writing.type("mine")
    writing.program.open(OpenRequest((str(tmp_path / "old.txt"), str(tmp_path / "new.md"))))
    writing.until(lambda: names(writing) == ["", "old.txt", "new.md"])
    assert writing.text == ""


@pytest.mark.parametrize("name", ["no/folder/new.md", "new.docx", "dangling"])
def test_what_cannot_be_a_new_text_is_one_sentence(start, tmp_path: Path, name: str):
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    writing = start(files=(tmp_path / name,))
    writing.answer("OK")
    assert names(writing) == [""]
