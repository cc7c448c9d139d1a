"""Full screen: on and off by keys, Esc, the desktop, and at the next start."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication

from writer.ui.window.action_id import ActionId
from writer.ui.window.actions import ACTIONS, Standard, default_keys
from writer.ui.window.shortcuts import NONE

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")
FULL_SCREEN = Qt.WindowState.WindowFullScreen


def is_on(writing) -> bool:
    """Whether all that shows the full screen says so; fails where it disagrees."""
    on = writing.window.isFullScreen()
    assert writing.actions[ActionId.VIEW_FULL_SCREEN].isChecked() == on
    assert writing.window.menuBar().isVisible() == (not on)
    return on


def message(writing) -> str:
    return writing.window.status.message.full_text()


def test_full_screen_hides_the_menus_and_their_keys_stay(start):
    writing = start()
    writing.key("F11")
    assert is_on(writing)
    assert message(writing) == "F11 or Esc leaves the full screen."
    writing.type("# One")
    writing.key("F9")
    assert writing.program.view.outline.isVisible()
    writing.key("F11")
    assert not is_on(writing)
    assert message(writing) == ""


def test_esc_ends_ghost_then_search_bar_then_full_screen(start):
    writing = start({"We": " ran."})
    writing.key("F11")
    writing.key("Ctrl+F")
    writing.editor.setFocus()
    writing.type("We")
    assert writing.ghost() == " ran."
    bar = writing.program.late.search.bar
    writing.key("Esc")
    assert (writing.editor.ghost, bar.isVisible(), is_on(writing)) == ("", True, True)
    writing.key("Esc")
    assert (bar.isVisible(), is_on(writing)) == (False, True)
    writing.key("Esc")
    assert not is_on(writing)
    writing.key("Esc")
    assert writing.text == "We"


def test_esc_in_the_search_bar_closes_it_alone(start):
    writing = start()
    writing.key("F11")
    writing.key("Ctrl+F")
    bar = writing.program.late.search.bar
    writing.key("Esc", bar.pattern)
    assert (bar.isVisible(), is_on(writing)) == (False, True)


def test_leaving_returns_to_a_maximised_window(start):
    writing = start()
    writing.window.showMaximized()
    writing.key("F11")
    assert is_on(writing)
    writing.key("Esc")
    assert not is_on(writing)
    assert writing.window.isMaximized()


@pytest.mark.parametrize("maximised", [True, False])
def test_leaving_is_right_where_the_desktop_hides_the_state_before(start, maximised):
    writing = start()
    if maximised:
        writing.window.showMaximized()
    for _ in range(2):
        writing.key("F11")
        writing.window.setWindowState(FULL_SCREEN)  # as X11's window managers say
        writing.key("Esc")
        assert not is_on(writing)
        assert writing.window.isMaximized() == maximised
    writing.window.showNormal()
    writing.key("F11")
    writing.key("Esc")
    assert not writing.window.isMaximized()


def test_the_desktop_switches_the_menus_and_the_mark_too(start):
    writing = start()
    for state in (Qt.WindowState.WindowFullScreen, Qt.WindowState.WindowNoState):
        writing.window.setWindowState(state)
        assert is_on(writing) == bool(state)


@pytest.mark.parametrize("maximised", [True, False])
@pytest.mark.parametrize("hidden", [True, False])
def test_the_next_start_is_in_full_screen_and_can_leave_it(start, maximised, hidden):
    writing = start()
    if maximised:
        writing.window.showMaximized()
    writing.key("F11")
    for _ in range(2):
        if hidden:
            writing.window.setWindowState(FULL_SCREEN)
        writing.window.close()
        writing = start()
        assert is_on(writing)
    writing.key("F11")
    assert not is_on(writing)
    assert writing.window.isMaximized() == maximised


def test_without_keys_of_its_own_the_message_names_esc(start):
    writing = start()
    writing.settings.set(writing.settings.schema.find("keys.view_full_screen"), NONE)
    writing.actions[ActionId.VIEW_FULL_SCREEN].trigger()
    assert message(writing) == "Esc leaves the full screen."


@pytest.mark.parametrize("bindings", [(), ("Ctrl+Alt+R", "Ctrl+Meta+F")])
def test_no_action_depends_on_the_desktops_standard_keys(qapp: QApplication, monkeypatch, bindings):
    sequences = [QKeySequence(keys) for keys in bindings]
    monkeypatch.setattr(QKeySequence, "keyBindings", lambda _key: sequences)
    for spec in ACTIONS:
        keys = [found.toString() for found in default_keys(spec)]
        ours = [key for key in spec.keys if key not in list(Standard)]
        assert len(keys) == len(set(keys))
        assert keys[len(keys) - len(ours) :] == ours
        assert bool(ours) == bool(spec.keys)
        assert ("Ctrl+Alt+R" in keys) == (spec.name == ActionId.FIND_REPLACE)
