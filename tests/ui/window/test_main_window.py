"""The window itself: what its own actions do, and when it closes."""

from __future__ import annotations

import pytest

from writer.settings.editor_schema import EDITOR_FONT_SIZE

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
