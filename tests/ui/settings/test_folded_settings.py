"""Choices for those who ask lie behind a button; a search finds them, and one that was made is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea

from writer.base.paths import resources_dir
from writer.settings.personalise_schema import PERSONALISE_EPOCHS, PERSONALISE_RANK
from writer.settings.schema import PERSONALISE_FOLDER, SCHEMA
from writer.settings.store import SettingsStore
from writer.ui.settings.page import SettingsPageView


@pytest.fixture
def show(qtbot, tmp_path: Path) -> Callable[..., SettingsPageView]:
    """Shows a page in a scroll area, as the dialog does."""
    areas: list[QScrollArea] = []

    def shown(page: str = "personalise", **values: object) -> SettingsPageView:
        store = SettingsStore(tmp_path / "settings.toml", SCHEMA)
        for key, value in values.items():
            store.set(SCHEMA.find(f"personalise.{key}"), value)
        [declared] = [one for one in SCHEMA.pages if one.name == page]
        view = SettingsPageView(declared, store, resources_dir() / "icons")
        area = QScrollArea(widgetResizable=True)
        area.setWidget(view)
        qtbot.addWidget(area)
        areas.append(area)
        area.resize(700, 500)
        area.show()
        return view

    return shown


def _shown(view: SettingsPageView) -> set[str]:
    return {row.setting.key for row in view.rows if row.isVisible()}


def test_more_choices_are_shown_to_those_who_ask(qtbot, show) -> None:
    view = show()
    assert PERSONALISE_FOLDER.key in _shown(view)
    assert PERSONALISE_RANK.key not in _shown(view)
    assert view.more.text() == "More choices"
    qtbot.mouseClick(view.more, Qt.MouseButton.LeftButton)
    assert _shown(view) == {row.setting.key for row in view.rows}
    assert view.more.text() == "Fewer choices"
    qtbot.mouseClick(view.more, Qt.MouseButton.LeftButton)
    assert PERSONALISE_RANK.key not in _shown(view)

    assert view.search(["epochs"])
    assert _shown(view) == {PERSONALISE_EPOCHS.key}
    assert not view.more.isVisible()
    view.search([])
    assert PERSONALISE_EPOCHS.key not in _shown(view)
    assert view.more.isVisible()


def test_a_choice_that_was_made_is_shown(show) -> None:
    assert PERSONALISE_RANK.key in _shown(show(rank=8))


def test_pages_without_folded_settings_have_no_button(show) -> None:
    view = show("model")
    assert not view.more.isVisible()
    assert _shown(view) == {row.setting.key for row in view.rows}
