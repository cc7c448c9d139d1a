"""The panel "Why this?" in the real window with real keys."""

from __future__ import annotations

import math
import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest

from writer.engine import loading
from writer.settings.schema import APPEARANCE_THEME, LANGUAGE_WINDOW, SUGGESTIONS_ENABLED, SUGGESTIONS_LEVEL
from writer.ui.panels.token_list import percent, rows_of

SCRIPT = {"Thank you very ": "much for your letter", "我们去": "公园散步。"}


@pytest.fixture
def writing(start):
    writing = start(SCRIPT)
    writing.settings.set(SUGGESTIONS_LEVEL, "balanced")
    return writing


def panel_of(writing):
    return writing.program.late.explanation.panel


def rows(writing) -> list[str]:
    return [row.text for row in panel_of(writing).list.steps.rows]


def letters(writing) -> str:
    return "".join(rows(writing)).replace("␣", "").replace(" ", "")


def opened(writing):
    panel = panel_of(writing)
    writing.key("F4")
    writing.until(lambda: panel.list.steps.rows)
    return panel


def test_the_ghost_s_tokens_show_with_their_probabilities_and_follow_it(writing):
    writing.type("Thank you very ")
    assert writing.ghost() == "much for your letter"
    panel = opened(writing)
    assert writing.editor.ghost == "much for your letter"  # opening takes neither ghost nor keys away
    assert letters(writing) == "muchforyourletter"
    assert panel.list.steps.rows[0].probability == pytest.approx(math.exp(-0.01))
    assert "else" in panel.list.steps.rows[0].others
    assert "your settings want at least" in panel.facts.text()
    writing.type("much")
    writing.until(lambda: letters(writing) == "hforyourletter")
    writing.type("!")
    writing.until(lambda: "last words" in panel.heading.text())
    assert rows(writing)[-1] == "much!"


def test_where_nothing_shows_the_reason_and_the_last_words_do(writing):
    writing.settings.set(SUGGESTIONS_ENABLED, False)
    writing.type("One two")
    panel = opened(writing)
    assert rows(writing) == ["One", "two"]
    assert "switched off" in panel.facts.text()
    writing.type(" three")
    writing.until(lambda: rows(writing)[-1] == "three")


def test_keys_go_into_the_panel_and_back(writing):
    writing.type("Thank you very ")
    writing.settle()
    panel = opened(writing)
    assert writing.editor.hasFocus()
    writing.key("F6")
    assert panel.list.hasFocus()
    writing.key("Down", panel.list)
    assert panel.list.currentIndex().row() >= 0
    shown = rows(writing)
    writing.run(0.3)
    assert rows(writing) == shown  # what is being read stays
    writing.key("Escape", panel.list)
    assert writing.editor.hasFocus()
    assert panel.isVisible()
    writing.key("F6")
    writing.key("F6", panel.list)
    assert writing.editor.hasFocus()
    writing.key("F4")
    assert not panel.isVisible()
    writing.key("F4")
    writing.type("x")
    assert writing.text == "Thank you very x"
    writing.key("F6")
    writing.key("F4", panel)
    assert not panel.isVisible()
    assert writing.editor.hasFocus()
    assert not writing.actions["suggest.inside"].isChecked()


def test_the_reason_in_the_status_bar_opens_it(writing):
    writing.type("Nothing is known here")
    writing.settle()
    assert not writing.window.status.more.isVisible()
    writing.key("F2")
    QTest.mouseClick(writing.window.status.more, Qt.MouseButton.LeftButton)
    writing.until(lambda: rows(writing) == ["Nothing", "is", "known", "here"])
    writing.window.status.show_message("Something else.")
    assert not writing.window.status.more.isVisible()


def test_where_the_model_looks_is_a_picture_of_the_context(writing):
    writing.type("One two three")
    box = opened(writing).attention
    assert not box.text.isVisible()
    QTest.mouseClick(box.switch, Qt.MouseButton.LeftButton)
    writing.until(lambda: box.text.toPlainText() == " two three")
    assert box.weights() == [(" two", 0.5), (" three", 0.5)]
    box.layer.setFocus()
    writing.key("Down", box.layer)
    assert box.layer.currentText() == "Layer 1"
    assert box.most.text().startswith("Most at “three” 100%")
    cursor = box.text.textCursor()
    cursor.setPosition(len(" two three"))
    assert cursor.charFormat().background().color().alphaF() == pytest.approx(0.55, abs=0.01)
    cursor.setPosition(2)
    assert cursor.charFormat().background().color().alphaF() == 0
    writing.settings.set(LANGUAGE_WINDOW, "zh")
    writing.run(0.05)
    assert box.layer.currentText() == "第 1 层"
    writing.editor.setFocus()
    writing.type(" four")
    writing.until(lambda: box.most.text().startswith("看得最多的是 “four”"))


def test_it_speaks_both_languages_and_is_accessible(writing):
    writing.type("Thank you very ")
    writing.settle()
    panel = opened(writing)
    interface = QAccessible.queryAccessibleInterface(panel.list)
    assert interface.text(QAccessible.Text.Name) == "Pieces of words, and how likely each was"
    assert interface.child(0).text(QAccessible.Text.Name).startswith("muc, 99%; or else")
    assert panel.facts.accessibleName() == panel.facts.text()
    writing.settings.set(LANGUAGE_WINDOW, "zh")
    writing.run(0.05)
    assert "可能" in panel.list.accessibleName()
    assert "您的设置要求" in panel.facts.text()
    assert panel.list.steps.rows[0].others.startswith("或")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_readable_in_both_themes(writing, theme):
    writing.settings.set(APPEARANCE_THEME, theme)
    writing.type("Thank you very ")
    writing.settle()
    panel = opened(writing)
    writing.run(0.05)
    picture = panel.grab(panel.list.geometry()).toImage()
    shades = [picture.pixelColor(x, y).lightness() for x in range(8, 120) for y in range(2, 40)]
    page = max(shades, key=shades.count)
    assert (page > 200) == (theme == "light")
    assert max(shades) - min(shades) > 120


def test_pieces_of_characters_are_shown_as_bytes_and_small_shares_exactly():
    from writer.engine.introspection import TokenStep

    found = rows_of(
        [TokenStep("苹".encode()[:2], math.log(0.034), ((b"", -1.0), (b"\n", -9.0)))], "or {others}", "end"
    )
    assert [(row.text, row.others) for row in found] == [("‹e8 8b›", "or end 37% · ⏎ <0.1%")]
    assert [percent(p) for p in (1.0, 0.995, 0.0994, 0.0004, None)] == ["100%", "100%", "9.9%", "<0.1%", "?"]


def test_with_a_real_model_the_panel_equals_the_engine(start, starter):
    writing = start()
    engine = loading.load(starter, "cpu", threads=2)
    writing.program.container._client.load(lambda: engine, "starter")
    writing.until(lambda: getattr(writing.program.container.engine_state, "model", "") == engine.name, 30)
    writing.settings.set(SUGGESTIONS_LEVEL, "always")
    tokens, ended = [], []
    asked = writing.engine_tokens = engine.continue_text

    def watched(context, parameters, cancelled):
        tokens.clear()
        ended.clear()
        try:
            for token in asked(context, parameters, cancelled):
                tokens.append(token)
                yield token
        finally:
            ended.append(True)

    engine.continue_text = watched
    writing.type("Thank you very ")
    assert writing.ghost()
    writing.until(lambda: ended, 10)  # a ghost is shown with its first words
    panel = opened(writing)
    answer = b"".join(token.text for token in tokens)
    account = engine.explain(writing.suggestions.provenance.context, 0, lambda: False)
    assert b"".join(step.text for step in account.steps) == answer
    shown = panel.list.steps.rows
    assert [row.probability for row in shown] == [
        math.exp(step.logprob) for step in account.steps[: len(shown)]
    ]
    first = writing.suggestions.provenance.decisions[0]
    claimed, word = math.exp(tokens[0].logprob), tokens[0].text.decode()
    calibration = writing.suggestions._rules().calibration
    assert first.probability == pytest.approx(calibration.right("Thank you very ", word, claimed))
    assert percent(first.probability) in panel.facts.text()


def test_typing_is_answered_as_soon_with_the_panel_open(start, starter):
    """Keys cancel what the panel computes: the medians with it open and closed stay close together."""
    writing = start()
    engine = loading.load(starter, "cpu", threads=2)
    writing.program.container._client.load(lambda: engine, "starter")
    writing.until(lambda: getattr(writing.program.container.engine_state, "model", "") == engine.name, 30)
    writing.type("It had rained all night and the streets were still ")
    writing.settle()
    text = iter("wet and cold when we came down to the harbour and looked for the boat " * 4)
    times: dict[bool, list[float]] = {False: [], True: []}
    for turn in range(24):
        is_open = bool(turn // 6 % 2)
        if panel_of(writing).isVisible() != is_open:
            writing.program.late.explanation.open() if is_open else writing.program.late.explanation.close()
            writing.run(0.6)
        writing.run(0.22)  # so long that the panel has just begun to compute
        began = time.perf_counter()
        writing.type(next(text))
        writing.until(lambda: not writing.suggestions.busy)
        times[is_open].append(time.perf_counter() - began)
    closed, opened_ = (sorted(times[k])[len(times[k]) // 2] for k in (False, True))
    assert opened_ < 1.5 * closed + 0.03, (closed, opened_)
