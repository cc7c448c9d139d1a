"""What the program does besides: themes, models that are not there, errors nobody expected."""

from __future__ import annotations

import asyncio
import threading

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QDialog

from writer.app.models.model_selection import chosen_model
from writer.engine.engine_state import EngineFailed, EngineReady
from writer.settings.editor_schema import EDITOR_FONT_SIZE
from writer.settings.schema import APPEARANCE_THEME, MODEL_NAME
from writer.suggestions.reasons import Reason
from writer.ui import application


def contrast(first, second) -> float:
    """The contrast of two colours as WCAG defines it."""

    def luminance(colour) -> float:
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3]]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_ghost_and_text_are_legible_and_differ(start, theme):
    writing = start()
    writing.settings.set(APPEARANCE_THEME, theme)
    QApplication.processEvents()
    palette = writing.editor.palette()
    page = palette.color(QPalette.Base)
    ghost, text = palette.color(QPalette.PlaceholderText), palette.color(QPalette.Text)
    assert contrast(ghost, page) >= 4.5
    assert contrast(text, page) >= 1.8 * contrast(ghost, page)


def test_the_text_keeps_its_size_when_the_theme_changes(start):
    writing = start()
    writing.settings.set(EDITOR_FONT_SIZE, 20)
    writing.settings.set(APPEARANCE_THEME, "dark")
    QApplication.processEvents()
    assert writing.editor.document().defaultFont().pointSize() == 20


def test_a_model_that_is_not_there_is_one_sentence_and_writing_goes_on(start):
    writing = start()
    writing.type("The text stays. ")
    writing.settings.set(MODEL_NAME, "no-such-model")
    name = chosen_model(writing.settings, "en")[1]
    assert name == "no-such-model"
    writing.program.container._choose_model = chosen_model
    writing.program.container.load_engine()
    writing.until(lambda: isinstance(writing.program.container.engine_state, EngineFailed))
    assert writing.window.status.message.full_text().startswith(
        "There is no model named “no-such-model” here"
    )
    assert writing.window.status.model.text() == "No model"
    writing.type("More")
    assert writing.text == "The text stays. More"
    assert writing.ghost() == ""
    assert writing.reason == writing.program.container.engine_state.message


def test_another_model_is_loaded_while_the_program_runs(start):
    writing = start({"We": " ran."})
    writing.type("We")
    assert writing.ghost()
    states = []
    writing.program.container.engine_state_changed.connect(states.append)
    writing.settings.set(MODEL_NAME, "other")
    writing.until(lambda: any(isinstance(state, EngineReady) for state in states))
    assert writing.editor.ghost == ""
    assert writing.reason == Reason.LOADING
    writing.key("Ctrl+Space")
    assert writing.ghost() == " ran."


def test_what_a_save_freed_is_returned_to_the_system_behind_it(start, tmp_path, monkeypatch):
    (file := tmp_path / "a.txt").touch()
    writing = start({}, (file,))
    writing.until(lambda: writing.program.documents.current.document.path == file)
    threads = []
    monkeypatch.setattr(
        application, "release_freed_memory", lambda: threads.append(threading.current_thread())
    )
    writing.program._freed.setInterval(10)
    writing.type("Saved.")
    writing.key("Ctrl+S")
    writing.until(lambda: threads and file.read_text() == "Saved.")
    assert threading.main_thread() not in threads


def test_an_error_nobody_expected_is_shown_from_any_thread(start, capsys):
    writing = start()
    thread = threading.Thread(target=writing.startup.show_error, args=["Writer met an internal error."])
    thread.start()
    thread.join()
    writing.until(lambda: writing.window.status.message.full_text() == "Writer met an internal error.")
    assert capsys.readouterr().err == "Writer met an internal error.\n"


def test_all_files_of_the_command_line_are_opened(start, tmp_path):
    files = [tmp_path / name for name in ("a.txt", "b.txt")]
    for file in files:
        file.write_text(file.name)
    writing = start({}, tuple(files))
    assert [page.document.name for page in writing.program.documents.all] == ["a.txt", "b.txt"]
    assert writing.text == "b.txt"


def test_every_action_has_a_label_and_no_two_share_a_key(start):
    writing = start()
    seen: dict[str, str] = {}
    for action in writing.window.actions():
        assert action.text()
        for keys in action.shortcuts():
            assert keys.toString() not in seen, (action.objectName(), seen[keys.toString()])
            seen[keys.toString()] = action.objectName()


@pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")
def test_the_settings_open_beside_the_text(start):
    writing = start()
    writing.key("Ctrl+,")
    panes = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]
    assert [pane.windowTitle() for pane in panes] == ["Settings"]
    writing.window.activateWindow()
    writing.type("on")
    assert writing.text == "on"


def test_texts_are_looked_up_again_when_the_language_changes(start):
    writing = start()
    writing.actions["file.new"].setText("something else")
    QApplication.sendEvent(writing.window, QEvent(QEvent.Type.LanguageChange))
    assert writing.actions["file.new"].text() == "&New"


def test_a_stop_while_the_program_ends_does_not_keep_it_from_ending(start, monkeypatch):
    """As by a second signal of the system: all parts are closed nevertheless."""
    writing = start()
    writing.type("mine")
    closed, close = [], writing.program.files.close

    async def close_slowly():
        writing.program.loop.stop()
        await asyncio.sleep(0.1)
        await close()
        closed.append(True)

    monkeypatch.setattr(writing.program.files, "close", close_slowly)
    writing.close()
    assert closed
    assert start().text == "mine"
