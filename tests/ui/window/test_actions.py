"""Actions are found by their identifiers, whose values settings and texts rely on."""

from __future__ import annotations

import re

from PySide6.QtWidgets import QWidget

from writer.settings.schema import SCHEMA
from writer.suggestions.reasons import SENTENCES
from writer.ui.window.action_id import ActionId
from writer.ui.window.actions import ACTIONS, Actions
from writer.ui.window.shortcuts import key_of


def test_every_identifier_has_one_action():
    assert sorted(ActionId) == sorted(spec.name for spec in ACTIONS)


def test_the_keys_of_an_action_are_in_the_setting_of_its_name():
    assert {spec.name: key_of(spec) for spec in ACTIONS} == {
        name: "keys." + name.value.replace(".", "_") for name in ActionId
    }


def test_actions_named_in_texts_exist():
    named = re.findall(r"\{(\w+\.\w+)\}", "\n".join([*SCHEMA.texts(), *SENTENCES.values()]))
    assert named
    assert set(named) <= set(ActionId)


def test_a_triggered_action_calls_its_method_without_arguments(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    actions, called = Actions(window), []
    actions.connect(
        {ActionId.FILE_NEW: lambda: called.append("new"), ActionId.FIND_CASE: lambda: called.append("case")}
    )
    actions[ActionId.FIND_CASE].trigger()
    actions[ActionId.FILE_NEW].trigger()
    assert called == ["case", "new"]
