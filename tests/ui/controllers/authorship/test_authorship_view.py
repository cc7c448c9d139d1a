"""The origins over the text: colours and shares in each theme, and the page that is exported."""

from __future__ import annotations

import hashlib

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from writer.documents.authorship.origin import Origin
from writer.settings.editor_schema import EDITOR_AUTHORSHIP
from writer.settings.schema import APPEARANCE_THEME, LANGUAGE_WINDOW

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|does not support (raise|grabbing)")


def labels(writing) -> list[str]:
    bar = writing.program.late.authorship.view.bar
    return [label.text() for label in bar.labels.values()]


def test_colours_and_shares_are_shown_until_they_are_closed(start) -> None:
    writing = start()
    writing.until(lambda: writing.program.late.authorship.current is not None)
    writing.type("typ ")
    data = QMimeData()
    data.setText("MMMM")
    QGuiApplication.clipboard().setMimeData(data)
    writing.key("Ctrl+V")
    writing.key("Ctrl+F7")
    view = writing.program.late.authorship.view
    assert view.bar.isVisible()
    assert labels(writing) == ["Typed 50 %", "From suggestions 0 %", "Pasted 50 %", "Imported 0 %"]
    for theme in ("light", "dark"):
        writing.settings.set(APPEARANCE_THEME, theme)
        pixels = writing.editor.viewport().grab().toImage()
        fill = view._colours[Origin.PASTED][0].name()
        found = {
            pixels.pixelColor(x, y).name() for x in range(0, pixels.width(), 2) for y in range(20, 80, 4)
        }
        assert fill in found
        assert view._colours[Origin.TAKEN][0].name() not in found
    writing.type("more")
    writing.until(lambda: labels(writing)[0] == "Typed 67 %")
    writing.settings.set(LANGUAGE_WINDOW, "zh")
    writing.until(lambda: labels(writing)[2] == "粘贴 33 %")
    writing.settings.set(LANGUAGE_WINDOW, "en")
    writing.until(lambda: labels(writing)[2] == "Pasted 33 %")
    writing.settings.set(EDITOR_AUTHORSHIP, False)
    writing.until(lambda: "Nothing is remembered" in view.bar.text.text())
    QTest.mouseClick(view.bar.close_button, Qt.MouseButton.LeftButton)
    assert not view.bar.isVisible()
    assert not writing.actions["view.authorship"].isChecked()


def test_a_page_with_the_hash_of_the_file_is_exported(start, tmp_path) -> None:
    file = tmp_path / "essay.md"
    file.write_text("Imported <i>words</i>\n")
    writing = start({}, (file,))
    writing.until(lambda: writing.program.late.authorship.current is not None)
    page = tmp_path / "page.html"
    writing.key("Ctrl+Shift+F7")
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
    dialog = QApplication.activeModalWidget()
    field = dialog.findChild(QLineEdit, "fileNameEdit")
    assert field.text() == "essay, where it comes from.html"
    field.setText(str(page))
    QTest.keyClick(field, Qt.Key.Key_Return)
    writing.back_from(dialog)
    writing.until(page.exists)
    writing.until(lambda: writing.window.status.message.full_text() == "Exported to page.html.")
    text = page.read_text("utf-8")
    assert hashlib.sha256(file.read_bytes()).hexdigest() in text
    assert "Imported &lt;i&gt;words&lt;/i&gt;" in text
    assert "essay.md" in text
