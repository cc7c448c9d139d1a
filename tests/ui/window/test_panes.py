"""The key that takes the focus from pane to pane, and Esc that brings it back."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")


def test_f6_goes_around_what_is_visible_and_esc_comes_back(start):
    writing = start()
    writing.type("# One\n\ntwo")
    writing.key("F6")
    assert writing.editor.hasFocus()
    writing.key("F9")
    writing.key("Esc", writing.program.view.outline.list)
    writing.key("Ctrl+F")
    bar = writing.program.late.search.bar
    writing.editor.setFocus()
    seen = []
    for _ in range(4):
        writing.key("F6", writing.window.focusWidget())
        seen.append(writing.window.focusWidget())
    around = [writing.program.view.outline.list, bar.pattern, writing.editor]
    assert set(seen) == set(around)
    assert seen[0] is seen[3]
    writing.until(lambda: bar.isVisible())
    writing.editor.setFocus()
    writing.key("F6")
    writing.key("Esc", writing.window.focusWidget())
    assert writing.editor.hasFocus()


def test_esc_elsewhere_returns_to_the_text_before_it_leaves_the_full_screen(start):
    writing = start()
    writing.key("F11")
    writing.key("F4")
    panel = writing.program.late.explanation.panel
    button = panel.attention.switch
    button.setFocus()
    assert not writing.editor.hasFocus()
    writing.key("Esc", button)
    assert writing.editor.hasFocus()
    assert writing.window.isFullScreen()
    writing.key("Esc")
    assert not writing.window.isFullScreen()
