"""The first start's greeting, the About box, the report after a crash, and the program for who listens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from writer import __version__
from writer.base import paths
from writer.ui.settings.dialog import SettingsDialog
from writer.ui.window.about import AboutDialog, CrashDialog
from writer.ui.window.welcome import MARKER, Welcome

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")


def greeting(writing) -> Welcome | None:
    found = [w for w in writing.window.findChildren(Welcome) if w.isVisible()]
    return found[0] if found else None


def test_the_first_start_greets_and_the_first_character_ends_that_for_good(start):
    writing = start()
    assert [b.text() for b in greeting(writing).buttons.values()] == [
        "Write something new",
        "Open a text…",
        "Learn from my own texts…",
    ]
    assert greeting(writing).keys.text() == "F1 shows what all keys do."
    assert writing.editor.hasFocus()
    writing.type("W")
    assert greeting(writing) is None
    assert writing.text == "W"
    assert (paths.state_dir() / MARKER).stat().st_mode & 0o777 == 0o600
    writing.key("Backspace")
    assert greeting(writing) is None
    assert greeting(start()) is None


def test_until_something_is_written_the_greeting_comes_again(start):
    start()
    assert greeting(start()) is not None


def test_each_choice_does_what_it_says(start, qapp):
    writing = start()
    buttons = greeting(writing).buttons
    qapp.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    QTest.mouseClick(buttons["open"], Qt.MouseButton.LeftButton)
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
    dialog = QApplication.activeModalWidget()
    dialog.reject()
    writing.back_from(dialog)
    buttons["personalise"].setFocus()
    writing.key("Space", buttons["personalise"])
    assert [pane.isVisible() for pane in writing.window.findChildren(SettingsDialog)] == [True]
    QTest.mouseClick(buttons["write"], Qt.MouseButton.LeftButton)
    assert greeting(writing) is None


def test_a_start_with_a_file_does_not_greet(start, tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("text")
    assert greeting(start({}, (file,))) is None


def test_about_tells_version_licences_and_a_system_without_private_text(start):
    writing = start()
    writing.type("a secret plan")
    writing.actions["app.about"].trigger()
    [about] = writing.window.findChildren(AboutDialog)
    report = about.report.text.toPlainText()
    assert f"Writer {__version__}" in report
    assert "The model runs on: cpu" in report
    assert about.reading.isHidden(), "nothing was measured"
    assert "secret" not in report
    assert str(paths.data_dir()) not in report
    licences = about.licences.text.toPlainText()
    assert "tokenizers" in licences
    assert all(": " in line for line in licences.splitlines())
    QTest.mouseClick(about.report.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == report


CRASH = """
import os, signal
from writer.base import log
log.start()
os.kill(os.getpid(), signal.SIGSEGV)
"""


def test_after_a_crash_the_next_start_offers_the_report_once(start):
    crashed = subprocess.run([sys.executable, "-c", CRASH], capture_output=True, env=os.environ, timeout=60)
    assert crashed.returncode == -signal.SIGSEGV
    writing = start()
    [dialog] = writing.window.findChildren(CrashDialog)
    assert dialog.isVisible()
    assert "Segmentation fault" in dialog.report.text.toPlainText()
    writing.type("on")
    assert writing.text == "on"
    QTest.mouseClick(dialog.report.copy, Qt.MouseButton.LeftButton)
    assert "Segmentation fault" in QGuiApplication.clipboard().text()
    assert start().window.findChildren(CrashDialog) == []


def test_a_suggestion_is_announced_when_asked_for(start, monkeypatch):
    said: list[str] = []

    def update(event: object) -> None:
        if isinstance(event, QAccessibleAnnouncementEvent):
            said.append(event.message())

    monkeypatch.setattr(QAccessible, "updateAccessibility", update)
    writing = start({"We": " ran home."})
    writing.type("We")
    assert writing.ghost() == " ran home."
    assert said == []
    writing.key("Ctrl+Shift+Space")
    assert said == ["ran home."]
    assert writing.window.status.message.full_text() == "ran home."
    assert writing.editor.ghost == " ran home."


def focusable(root: QWidget) -> list[QWidget]:
    return [
        widget
        for widget in root.findChildren(QWidget)
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not widget.focusProxy()
    ]


def test_every_control_of_every_window_has_a_name(start):
    writing = start()
    pane = writing.program.settings_dialog.open()
    writing.actions["app.about"].trigger()
    writing.run(0.02)
    roots = [writing.window, pane, *writing.window.findChildren(AboutDialog)]
    seen = 0
    for page in [None, *(page.name for page in writing.settings.schema.pages)]:
        if page:
            pane.open_page(page)
        for widget in [w for root in roots for w in focusable(root)]:
            seen += 1
            name = QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
            assert name or type(widget).__name__ == "QTabBar", f"{type(widget).__name__} on {page}"
    assert seen > 50
