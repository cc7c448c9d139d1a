"""The privacy page on the running program: what is cleared there, the window has forgotten as well."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from writer.base import paths
from writer.settings.schema import LANGUAGE_WINDOW
from writer.training.events import TrainingRequest
from writer.training.run_folder import TrainingRuns
from writer.ui.settings_pages.privacy import PrivacyBox

pytestmark = [
    pytest.mark.qt_log_ignore("propagateSizeHints|raise\\("),
    pytest.mark.usefixtures("own_record_of_dialogs"),
]


def opened(writing) -> PrivacyBox:
    pane = writing.program.settings_dialog.open()
    pane.open_page("privacy")
    [box] = pane.findChildren(PrivacyBox)
    return box


def click(row) -> None:
    QTest.mouseClick(row.clear, Qt.MouseButton.LeftButton)


def test_an_unfinished_training_is_listed_and_forgotten(start):
    run = TrainingRuns().new(TrainingRequest("/letters"))
    (run.path / "last.ckpt").write_bytes(b"x" * 5_000_000)
    writing = start()
    training = writing.program.container.training
    training.state = replace(training.state, phase="stopped", run=run.id)
    row = opened(writing).rows["training"]
    assert row.where.text() == f"5 MB · {paths.data_dir()}"
    click(row)
    assert row.where.text() == f"0 kB · {paths.data_dir()}"
    assert not run.path.exists()
    assert training.unfinished() == ()
    assert training.state.run == ""


@pytest.mark.parametrize("name", ["training", "corpus"])
def test_while_one_runs_it_is_said_and_all_stays(start, name):
    run = TrainingRuns().new(TrainingRequest("/letters"))
    text = paths.cache_dir() / "corpus" / "1a2b" / "text"
    text.parent.mkdir(parents=True)
    text.write_text("text of the person's own")
    writing = start()
    training = writing.program.container.training
    row = opened(writing).rows[name]
    before = row.where.text()
    idle, training.state = training.state, replace(training.state, phase="running", run=run.id)
    click(row)
    said = "A training is running and needs this; stop it, or wait until it has ended."
    assert (row.error.text(), row.error.isVisible()) == (said, True)
    assert (row.where.text(), training.state.run) == (before, run.id)
    training.state = idle
    with run.lock():  # a training of another program
        click(row)
        assert row.error.isVisible()
    assert run.path.exists()
    assert text.exists()
    click(row)
    assert not row.error.isVisible()
    assert row.where.text().startswith("0 kB")


def test_words_of_ones_own_are_forgotten(start):
    writing = start()
    spelling = writing.program.container.spelling
    spelling.add_word("Zyxwv")
    row = opened(writing).rows["dictionary"]
    assert row.where.text() == f"1 kB · {paths.config_dir()}"
    click(row)
    assert not (paths.config_dir() / "dictionary.txt").exists()
    spelling.add_word("Abcde")
    assert (paths.config_dir() / "dictionary.txt").read_text() == "Abcde\n"


def test_folders_visited_in_a_dialog_are_forgotten(start, tmp_path, own_record_of_dialogs):
    folder = tmp_path / "letters to her"
    folder.mkdir()
    (folder / "one.txt").write_text("one")
    writing = start()
    writing.key("Ctrl+O")
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
    dialog = QApplication.activeModalWidget()
    dialog.setDirectory(str(folder))
    field = dialog.findChild(QLineEdit, "fileNameEdit")
    field.setText("one.txt")
    QTest.keyClick(field, Qt.Key.Key_Return)
    writing.back_from(dialog)
    writing.until(lambda: own_record_of_dialogs.exists() and "letters" in own_record_of_dialogs.read_text())
    row = opened(writing).rows["visited"]
    assert row.where.text() == f"1 kB · {own_record_of_dialogs.parent}"
    click(row)
    assert row.where.text().startswith("0 kB")
    assert "letters" not in own_record_of_dialogs.read_text()


def test_it_speaks_chinese(start):
    writing = start()
    writing.settings.set(LANGUAGE_WINDOW, "zh")
    rows = opened(writing).rows
    assert [rows[name].title.text() for name in ("training", "corpus", "dictionary", "visited")] == [
        "未完成的训练",
        "为训练读取的文字",
        "词典",
        "访问过的文件夹",
    ]
    assert all(not row.about.text().isascii() for row in rows.values())
