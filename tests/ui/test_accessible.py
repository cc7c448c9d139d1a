"""Every control of the whole program has a name, in both languages, and keys reach it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QAbstractScrollArea, QTabBar, QWidget

from writer.settings.schema import LANGUAGE_WINDOW
from writer.ui.window.about import AboutDialog
from writer.ui.window.shortcut_sheet import ShortcutSheet

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|does not support (raise|grabbing)")


def controls(window: QWidget) -> Iterator[QWidget]:
    """What is seen and can be used: by the Tab key, or by a click."""
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or widget.focusProxy() is not None:
            continue
        inner = isinstance(widget.parent(), QAbstractScrollArea) and not isinstance(widget, QAbstractItemView)
        by_keys = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not inner
        if by_keys or isinstance(widget, (QAbstractButton, QTabBar)):
            yield widget


def nameless(window: QWidget) -> list[str]:
    found = []
    for widget in controls(window):
        interface = QAccessible.queryAccessibleInterface(widget)
        if not interface.text(QAccessible.Text.Name).strip():
            found.append(f"{type(widget).__name__} {widget.objectName()} in {type(widget.parent()).__name__}")
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_control_of_the_window_and_its_pages_has_a_name(start, language, tmp_path):
    (tmp_path / "one.md").write_text("one", "utf-8")
    writing = start()
    writing.settings.set(LANGUAGE_WINDOW, language)
    writing.type("# One\n\ntwo one")
    writing.key("Ctrl+N")
    for name in ("view.outline", "edit.replace", "suggest.inside"):
        writing.actions[name].trigger()
    writing.program.late.search.bar.pattern.setText("one")
    writing.actions["find.list"].trigger()
    writing.run(0.2)
    assert len(list(controls(writing.window))) >= 20
    assert nameless(writing.window) == []
    writing.program.late.project.open_folder(tmp_path)
    writing.until(lambda: writing.program.late.project.listing)
    assert nameless(writing.window) == []
    for name in ("find.in_folder", "file.quick_open"):
        writing.actions[name].trigger()
        writing.run(0.2)
        writing.program.late.project_search.panel.replacing.setChecked(True)
        assert nameless(writing.window) == []
    pane = writing.program.settings_dialog.open()
    for page in writing.settings.schema.pages:
        pane.open_page(page.name)
        writing.run(0.05)
        assert (page.name, nameless(pane)) == (page.name, [])
    pane.close()
    for action, kind in (("help.keys", ShortcutSheet), ("app.about", AboutDialog)):
        writing.actions[action].trigger()
        [dialog] = writing.window.findChildren(kind)
        assert nameless(dialog) == []
        dialog.close()
    for page in writing.program.documents.all:
        page.text.setModified(False)
