"""An option that few computers offer is listed where it can be had, or is set."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from writer.settings.schema import PERSONALISE_METHOD
from writer.settings.value_types import ChoiceType
from writer.ui.settings.controls import ChoiceControl


@pytest.fixture
def control(qtbot: QtBot) -> ChoiceControl:
    assert isinstance(PERSONALISE_METHOD.value_type, ChoiceType)
    control = ChoiceControl(PERSONALISE_METHOD.value_type)
    qtbot.addWidget(control.focus)
    control.show_value("auto")
    return control


def listed(control: ChoiceControl) -> list[str]:
    return [control._combo.itemData(index) for index in range(control._combo.count())]


def test_four_bits_are_listed_where_they_can_be_had(control: ChoiceControl) -> None:
    assert listed(control) == ["auto", "lora", "full"]
    control.set_choices(tuple)
    assert listed(control) == ["auto", "lora", "full"]
    control.set_choices(lambda: [("qlora", "")])
    control.set_choices(lambda: [("qlora", "")])
    control.retranslate()
    assert listed(control) == ["auto", "lora", "full", "qlora"]
    assert control._combo.itemText(3).endswith("(QLoRA)")
    assert control._combo.currentData() == "auto"


def test_a_method_that_is_set_is_shown_wherever_it_came_from(control: ChoiceControl) -> None:
    assert PERSONALISE_METHOD.value_type.check("qlora") == "qlora"
    control.show_value("qlora")
    assert (listed(control), control._combo.currentData()) == (["auto", "lora", "full", "qlora"], "qlora")
