"""Each text is checked in its own language, told by the text or chosen, with the dictionaries here."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMenu

from writer.base import paths
from writer.settings.editor_schema import EDITOR_SPELLING
from writer.settings.schema import LANGUAGE_WINDOW
from writer.ui.settings.row import SettingRow

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|does not support (raise|grabbing)")

GERMAN = "Das ist nicht mein Haus, und ich habe es auch nie gesehen. Der Hunt ist hier."
RUSSIAN = "Это был не мой дом, и я его не видел. Где же моя сабака и он?"
FRENCH = "Ce n’est pas ma maison, et je ne l’ai jamais vue. Le chein est dans la rue, avec elle."
ENGLISH = "This is not the house that I had seen before, and it was not mine. Teh dog was there, too."
WORDS = {
    "de_DE": ("UTF-8", "Das ist nicht mein Haus und ich habe es auch nie gesehen Der Hund hier"),
    "ru_RU": ("KOI8-R", "Это был не мой дом и я его видел Где же моя собака он"),
}


@pytest.fixture(autouse=True)
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the system's dictionaries."""
    monkeypatch.setenv("DICPATH", str(tmp_path / "system"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "nothing"))
    return tmp_path / "system"


def put(folder: Path, name: str, like: str = "") -> Path:
    """Put a dictionary into a folder, as the system or another program does."""
    encoding, words = WORDS[like or name]
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.aff").write_text(f"SET {encoding}\n", "ascii")
    listed = "\n".join(words.split())
    (folder / f"{name}.dic").write_text(f"{len(words.split())}\n{listed}\n", encoding)
    return folder / f"{name}.dic"


def write(writing, text: str) -> None:
    """Type a text, and leave its last word."""
    writing.type(text + "\n")


def wrong(writing) -> set[str]:
    """The words that have a wave, as far as they are known."""
    editor, controller = writing.editor, writing.program.late.spelling
    spelling = writing.program.container.spelling
    found = set()
    block = editor.document().begin()
    while spelling.enabled and block.isValid():
        found |= {
            word.text
            for word in controller._words_of(block, 0, block.length())
            if spelling.is_misspelled(word.text)
        }
        block = block.next()
    return found


def checked_with(writing) -> str:
    dictionary = writing.program.container.spelling.dictionary
    return dictionary.name if dictionary else ""


def menu(writing) -> QMenu:
    found = writing.program.late.spelling_language._menu
    found.aboutToShow.emit()
    return found


def choose(writing, label: str) -> None:
    next(action for action in menu(writing).actions() if action.text() == label).trigger()


def marked(writing) -> list[str]:
    return [action.text() for action in menu(writing).actions() if action.isChecked()]


@pytest.mark.parametrize(
    ("text", "name", "mistake", "title"),
    [
        (GERMAN, "de_DE", "Hunt", "Deutsch"),
        (RUSSIAN, "ru_RU", "сабака", "русский"),
        (ENGLISH, "en_US", "Teh", "American English"),
    ],
)
def test_a_text_is_checked_in_the_language_that_it_is_written_in(start, system, text, name, mistake, title):
    put(system, "de_DE")
    put(system, "ru_RU")
    writing = start()
    write(writing, text)
    writing.until(lambda: checked_with(writing) == name, 20)
    writing.until(lambda: wrong(writing) == {mistake}, 30)
    writing.until(lambda: marked(writing) == [f"Told by the Text: {title}"], 20)
    assert writing.program.late.spelling_language._menu.title() == f"Spelling Lan&guage: {title}"
    writing.key("F7")
    writing.until(lambda: isinstance(QApplication.activePopupWidget(), QMenu), 20)
    assert writing.editor.textCursor().selectedText() == mistake
    QTest.keyClick(QApplication.activePopupWidget(), Qt.Key.Key_Escape)


def test_nothing_is_marked_in_a_language_without_a_dictionary(start):
    writing = start()
    write(writing, FRENCH)
    writing.until(lambda: not checked_with(writing), 20)
    writing.key("F7")
    writing.until(lambda: "français" in writing.window.status.message.full_text())
    writing.settings.set(LANGUAGE_WINDOW, "zh")
    writing.key("F7")
    writing.until(lambda: "没有这种语言（français）的词典" in writing.window.status.message.full_text())
    writing.until(lambda: marked(writing) == ["由文本判断：français"], 20)
    assert writing.program.late.spelling_language._menu.title() == "拼写语言(&G)"


def test_a_paragraph_in_another_language_is_left_alone(start, system):
    put(system, "de_DE")
    writing = start()
    write(writing, ENGLISH)
    write(writing, FRENCH)
    write(writing, ENGLISH.replace("Teh", "Hte"))
    writing.until(lambda: wrong(writing) == {"Teh", "Hte"}, 30)


def test_each_tab_has_its_language(start, system):
    put(system, "de_DE")
    writing = start()
    write(writing, GERMAN)
    writing.until(lambda: checked_with(writing) == "de_DE", 20)
    writing.key("Ctrl+N")
    writing.until(lambda: checked_with(writing) == "en_US", 20)
    write(writing, ENGLISH)
    writing.until(lambda: wrong(writing) == {"Teh"}, 30)
    writing.key("Ctrl+Tab")
    writing.until(lambda: wrong(writing) == {"Hunt"}, 30)


def test_a_language_is_chosen_for_a_text_and_remembered(start, system, tmp_path):
    put(system, "de_DE")
    put(system, "de_AT", "de_DE")
    file = tmp_path / "one.md"
    file.write_text("Teh Hunt\n", "utf-8")
    writing = start(files=(file,))
    writing.until(lambda: wrong(writing) == {"Teh", "Hunt"} or wrong(writing) == {"Teh"}, 30)
    labels = [action.text() for action in menu(writing).actions() if action.isCheckable()]
    assert labels == [
        *("Told by the Text", "American English", "British English"),
        *("Deutsch", "Österreichisches Deutsch", "Not Checked"),
    ]
    choose(writing, "Österreichisches Deutsch")
    assert checked_with(writing) == "de_AT"
    current = writing.program.documents.current
    writing.program.files.start(writing.program.files._write(current, tmp_path / "two.md", overwrite=True))
    writing.until(lambda: str(tmp_path / "two.md") in writing.program.late.spelling_language.chosen)
    writing.window.close()
    again = start(files=(tmp_path / "two.md",))
    again.until(lambda: checked_with(again) == "de_AT", 20)
    assert marked(again) == ["Österreichisches Deutsch"]
    choose(again, "Not Checked")
    assert not checked_with(again)
    again.key("F7")
    again.until(lambda: "this text is not checked" in again.window.status.message.full_text())
    choose(again, "Told by the Text")
    assert checked_with(again) == "en_US"


def test_a_dictionary_that_went_away_marks_nothing(start, system):
    put(system, "de_DE")
    writing = start()
    write(writing, GERMAN)
    choose(writing, "Deutsch")
    writing.window.close()
    for file in system.iterdir():
        file.unlink()
    again = start()
    again.until(lambda: "Hunt" in again.text)
    again.until(lambda: not checked_with(again), 20)


def test_the_setting_may_be_any_dictionary_that_is_here(start, system):
    put(system, "de_DE")
    writing = start()
    dialog = writing.program.settings_dialog.open("editor")
    row = next(row for row in dialog.findChildren(SettingRow) if row.setting is EDITOR_SPELLING)
    box = row.control.focus
    assert [box.itemText(i) for i in range(box.count())] == [
        *("Not checked", "American English", "British English", "", "Deutsch"),
    ]
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_End)
    assert writing.settings.get(EDITOR_SPELLING) == "de_DE"
    write(writing, "Hunt")
    writing.until(lambda: wrong(writing) == {"Hunt"}, 30)
    write(writing, ENGLISH)
    writing.until(lambda: checked_with(writing) == "en_US", 20)
    writing.settings.set(EDITOR_SPELLING, "off")
    assert not checked_with(writing)
    writing.settings.set(EDITOR_SPELLING, "en_GB")
    assert checked_with(writing) == "en_GB"


def add(writing, file: Path) -> None:
    """Choose a file in the dialog of the menu."""
    next(a for a in menu(writing).actions() if a.text().startswith("&Add")).trigger()
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
    dialog = QApplication.activeModalWidget()
    dialog.findChild(QLineEdit).setText(str(file))
    dialog.accept()
    writing.back_from(dialog)


def test_a_dictionary_of_ones_own_is_added(start, tmp_path):
    file = put(tmp_path / "downloads", "de_DE")
    writing = start()
    write(writing, GERMAN)
    writing.until(lambda: not checked_with(writing), 20)
    add(writing, file)
    writing.until(lambda: "new dictionary (Deutsch)" in writing.window.status.message.full_text(), 20)
    writing.until(lambda: wrong(writing) == {"Hunt"}, 30)
    assert (paths.config_dir() / "dictionaries" / "de_DE.aff").is_file()
