"""Every action gets the keys that its writer wants, through the real pane and real key events."""

from __future__ import annotations

import tomllib

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QToolButton

from writer.settings.schema import SCHEMA, SUGGESTIONS_ENABLED
from writer.settings.store import SettingsStore
from writer.ui.settings.row import SettingRow
from writer.ui.window.actions import ACTIONS, MENUS, default_keys
from writer.ui.window.shortcut_sheet import ShortcutSheet
from writer.ui.window.shortcuts import NONE, KeyList, key_of, plain_label, to_text, with_shortcut_settings

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")
SPECS = {spec.name: spec for spec in ACTIONS}


def row(writing, name: str) -> SettingRow:
    """The row of the pane for an action."""
    pane = writing.program.settings_dialog.open()
    pane.open_page("keys")
    return next(r for r in pane.findChildren(SettingRow) if r.setting.key == key_of(SPECS[name]))


def press(writing, name: str, keys: str) -> None:
    """Give an action keys, as a person does: press its button, then the keys."""
    button = row(writing, name).control.focus
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert button.text() == "Press keys…"
    writing.key(keys, button)


def kept(writing) -> dict[str, str]:
    return tomllib.loads(writing.settings.path.read_text("utf-8")).get("keys", {})


def keys_of(writing, name: str) -> list[str]:
    return [keys.toString() for keys in writing.actions[name].shortcuts()]


def test_an_action_takes_new_keys_at_once_and_leaves_its_old_ones(start):
    writing = start({"We": " ran."})
    press(writing, "suggest.accept", "Ctrl+J")
    assert kept(writing) == {"suggest_accept": "Ctrl+J"}
    writing.window.activateWindow()
    writing.editor.setFocus()
    writing.type("We")
    assert writing.ghost() == " ran."
    writing.key("Ctrl+J")
    assert writing.text == "We ran."


def test_keys_of_another_action_are_refused_and_it_is_named(start):
    writing = start()
    press(writing, "edit.copy", "Ctrl+S")
    told = [
        label.text()
        for label in writing.program.settings_dialog.open().findChildren(QLabel)
        if label.isVisible()
    ]
    assert "Ctrl+S belongs to “Save”; choose other keys, or change those first." in told
    assert "Ctrl+C" in keys_of(writing, "edit.copy")
    assert keys_of(writing, "file.save")[0] == "Ctrl+S"


@pytest.mark.parametrize("keys", ["K", "Shift+K", "Alt+F4", "Meta+K", "Left", "Return"])
def test_keys_that_write_move_or_belong_to_the_system_are_refused(start, keys):
    writing = start()
    press(writing, "suggest.why", keys)
    assert keys_of(writing, "suggest.why") == ["F2"]


def test_tab_and_function_keys_can_be_given(start):
    writing = start()
    press(writing, "suggest.accept", "F13")
    press(writing, "suggest.accept_word", "Tab")
    assert keys_of(writing, "suggest.accept") == ["F13"]
    assert keys_of(writing, "suggest.accept_word") == ["Tab"]


def test_backspace_takes_the_keys_esc_changes_nothing_and_reset_brings_them_back(start):
    writing = start()
    press(writing, "suggest.why", "Esc")
    assert keys_of(writing, "suggest.why") == ["F2"]
    press(writing, "suggest.why", "Backspace")
    assert kept(writing) == {"suggest_why": NONE}
    assert keys_of(writing, "suggest.why") == []
    found = row(writing, "suggest.why")
    assert found.control.focus.text() == "None"
    reset = found.findChild(QToolButton)
    reset.setFocus()
    writing.key("Space", reset)
    assert keys_of(writing, "suggest.why") == ["F2"]


def test_going_elsewhere_ends_the_listening(start):
    writing = start()
    button = row(writing, "suggest.why").control.focus
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    writing.until(button.hasFocus)
    button.clearFocus()
    assert button.text() == "F2"


def test_two_actions_in_the_file_with_the_same_keys_still_start_the_program(tmp_path):
    (tmp_path / "settings.toml").write_text('[keys]\nedit_copy = "Ctrl+B"\nfile_save = "x y z"\n')
    store = SettingsStore(tmp_path / "settings.toml", with_shortcut_settings(SCHEMA, ACTIONS))
    assert [str(notice).split(" in ")[0] for notice in store.notices] == ["keys.file_save"]


def test_the_default_keys_are_usable_and_nobody_elses(qapp):
    taken: dict[str, str] = {}
    for spec in ACTIONS:
        kind = KeyList(spec, ACTIONS)
        values = dict.fromkeys(map(key_of, ACTIONS), "")
        kind.check_conflicts("", values)
        for keys in default_keys(spec):
            assert taken.setdefault(keys.toString(), spec.name) == spec.name
        own = [QKeySequence(key) for key in spec.keys if isinstance(key, str)]
        assert to_text(own), f"{spec.name} has no key that every platform has"


def test_the_sheet_shows_what_the_keys_are_now(start):
    writing = start()
    press(writing, "suggest.why", "Ctrl+Shift+Y")
    writing.window.activateWindow()
    writing.key("F1", writing.window)
    [sheet] = writing.window.findChildren(ShortcutSheet)
    texts = [label.text() for label in sheet.findChildren(QLabel)]
    assert texts[texts.index("Why Is There No Suggestion?") + 1] == "Ctrl+Shift+Y"
    in_menus = [name for menu in MENUS for name in menu.actions if name is not None]
    for name in in_menus:
        assert (plain_label(SPECS[name].label) in texts) == bool(to_text(writing.actions[name].shortcuts()))
    assert sheet.isVisible()
    writing.key("Esc", sheet)
    assert not sheet.isVisible()


def test_every_action_is_in_a_menu_once(qapp):
    in_menus = [name for menu in MENUS for name in menu.actions if name is not None]
    assert sorted(in_menus) == sorted(SPECS)
    assert QKeySequence("F1") in default_keys(SPECS["help.keys"])


def test_what_helps_names_the_keys_that_actions_have_now(start):
    writing = start()
    pane = writing.program.settings_dialog.open("suggestions")
    writing.actions["help.keys"].trigger()
    [sheet] = writing.window.findChildren(ShortcutSheet)

    def said(widget) -> str:
        return "\n".join(label.text() for label in widget.findChildren(QLabel))

    assert "Ctrl+Space asks for one" in said(pane)
    for keys, told in (
        ("Ctrl+Alt+J", "Ctrl+Alt+J asks"),
        (NONE, "“Suggest Now” asks"),
        ("", "Ctrl+Space asks"),
    ):
        writing.settings.set(writing.settings.schema.find("keys.suggest_ask"), keys)
        writing.run(0.02)
        assert told in said(pane)
        assert ("Ctrl+Alt+J" in said(sheet)) == (keys == "Ctrl+Alt+J")
    writing.settings.set(writing.settings.schema.find("keys.suggest_ask"), "Ctrl+Alt+J")
    writing.settings.set(SUGGESTIONS_ENABLED, False)
    sheet.close()
    pane.close()
    writing.window.activateWindow()
    writing.run(0.05)
    writing.type("a")
    writing.key("F2")
    assert "Ctrl+Alt+J asks for one" in writing.window.status.message.full_text()


def test_a_settings_file_that_another_program_writes_takes_effect(start):
    writing = start()
    file = writing.settings.path
    file.write_text('[keys]\nsuggest_ask = "F13"\n[editor]\nfont_size = 30\n')
    writing.until(lambda: writing.editor.font().pointSize() == 30)
    assert writing.actions["suggest.ask"].shortcut().toString() == "F13"
    file.write_text("[editor\n")
    writing.until(lambda: "damaged" in writing.window.status.message.full_text())
    assert writing.editor.font().pointSize() == 30
