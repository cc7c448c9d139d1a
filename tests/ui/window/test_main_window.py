"""The window itself: what its own actions do, and when it closes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox, QScrollArea

from writer.settings.editor_schema import EDITOR_FONT_SIZE
from writer.settings.store import SettingsStore

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")


@pytest.mark.parametrize(("keys", "size"), [("Ctrl+-", 8), ("Ctrl++", 48)])
def test_text_gets_no_smaller_and_no_larger_than_its_setting_allows(start, keys, size):
    writing = start()
    writing.settings.set(EDITOR_FONT_SIZE, size)
    writing.key(keys)
    assert writing.settings.get(EDITOR_FONT_SIZE) == size
    assert not writing.window.status.message.text()
    assert writing.editor.font().pointSize() == size


def test_the_window_closes_only_when_the_check_allows_it(start):
    writing = start()
    closed, allowed = [], False
    writing.window.closed.connect(lambda: closed.append(True))
    writing.window.set_close_check(lambda: allowed)
    assert not writing.window.close()
    assert closed == []
    allowed = True
    assert writing.window.close()
    assert closed == [True]


def test_a_menu_is_put_behind_an_action_whatever_menu_that_is_in(start):
    writing = start()
    titles = [
        [action.text() for action in menu.menu().actions()] for menu in writing.window.menuBar().actions()
    ]
    assert titles[0].index("&Open…") + 1 == titles[0].index(writing.program.recent._menu.title())


def test_no_menu_shows_icons(start):
    """Desktops with a theme of icons give them to Qt's context menus, which then differ from the menu bar."""
    writing = start()
    writing.key("Ctrl+H")
    bar = [found.menu() for found in writing.window.menuBar().actions()]
    of_text = [
        writing.editor.createStandardContextMenu(),
        writing.program.late.search.bar.pattern.createStandardContextMenu(),
    ]
    for menu in of_text:
        for action in menu.actions():
            action.setIcon(writing.window.windowIcon())
    actions = [action for menu in (*bar, *of_text) for action in menu.actions()]
    assert not any(action.isIconVisibleInMenu() and not action.icon().isNull() for action in actions)
    for menu in of_text:
        menu.deleteLater()


def turn_wheel(widget, angle: int, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.ControlModifier) -> None:
    place = QPointF(widget.rect().center())
    event = QWheelEvent(
        *(place, widget.mapToGlobal(place), QPoint(), QPoint(0, angle)),
        *(Qt.MouseButton.NoButton, keys, Qt.ScrollPhase.NoScrollPhase, False),
    )
    QApplication.sendEvent(widget, event)


@pytest.mark.parametrize(
    ("angles", "size"),
    [((120,), 15), ((120, 120, 120), 17), ((-240,), 12), ((40, 40, 40), 15), ((60,), 14), ((120 * 90,), 48)],
)
@pytest.mark.parametrize("margin", [False, True])
def test_the_wheel_with_ctrl_zooms_and_the_size_is_remembered(start, angles, size, margin):
    writing = start()
    writing.editor.set_text("line\n" * 200)
    for angle in angles:
        turn_wheel(writing.editor if margin else writing.editor.viewport(), angle)
    writing.run(0.1)
    assert writing.editor.font().pointSize() == size
    assert writing.editor.verticalScrollBar().value() == 0
    kept = SettingsStore(writing.settings.path, writing.settings.schema)
    assert kept.get(EDITOR_FONT_SIZE) == size


def test_the_wheel_alone_scrolls(start):
    writing = start()
    writing.editor.set_text("line\n" * 200)
    turn_wheel(writing.editor.viewport(), -240, Qt.KeyboardModifier.NoModifier)
    writing.run(0.05)
    assert writing.editor.verticalScrollBar().value() > 0
    assert writing.editor.font().pointSize() == 14


def test_a_question_has_a_title(start):
    writing = start()
    writing.type("words")
    writing.key("Ctrl+W")
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QMessageBox))
    assert QApplication.activeModalWidget().windowTitle() == "Writer"
    writing.answer("Cancel")


@pytest.mark.parametrize("action", ["", "help.keys", "app.about", "app.settings", "file.print_preview"])
def test_windows_fit_on_the_screen_at_first(start, action):
    """The screen of the offscreen platform has 800 x 800 pixels."""
    writing = start()
    window = writing.window
    if action:
        writing.actions[action].trigger()
        writing.until(lambda: window.findChildren(QDialog))
        [window] = window.findChildren(QDialog)
    available = window.screen().availableGeometry()
    assert window.width() <= available.width() - 16
    assert window.height() <= available.height() - 64
    assert window.minimumSizeHint().height() <= 500
    window.close()


def test_the_keys_that_do_not_fit_are_scrolled_to_by_keys(start):
    writing = start()
    writing.key("F1")
    [sheet] = writing.window.findChildren(QDialog)
    sheet.resize(sheet.width(), 400)
    area = sheet.findChild(QScrollArea)
    writing.key("End", area)
    writing.key("PgDown", area)
    assert area.verticalScrollBar().value() > 0
    writing.key("Esc", area)
    assert not sheet.isVisible()
