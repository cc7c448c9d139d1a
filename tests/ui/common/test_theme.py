"""The themes are legible, complete, and switched while the program runs."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QLabel

from writer.base.paths import resources_dir
from writer.settings.schema import APPEARANCE_THEME
from writer.settings.store import SettingsStore
from writer.ui.common.theme import Colours, Theme, ThemeSwitcher, load_theme, tinted_icon

THEMES = ["light", "dark"]
TEXT_ON_GROUND = [
    ("text", "page"),
    ("text", "window"),
    ("text", "raised"),
    ("text", "hover"),
    ("text", "line"),
    ("ghost", "page"),
    ("muted", "page"),
    ("muted", "window"),
    ("muted", "raised"),
    ("accent", "page"),
    ("accent", "window"),
    ("accent", "hover"),
    ("accent_text", "accent"),
    ("selection_text", "selection"),
    ("text", "match"),
    ("warning", "page"),
    ("warning", "window"),
]


def luminance(colour: str) -> float:
    """Relative luminance, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def theme(name: str) -> Theme:
    return load_theme(resources_dir() / "themes" / f"{name}.toml")


class System(QObject):
    """A desktop whose colour scheme the test changes, in place of QStyleHints."""

    colorSchemeChanged = Signal(object)  # noqa: N815

    def __init__(self) -> None:
        super().__init__()
        self.desktop = Qt.ColorScheme.Light
        self.asked: Qt.ColorScheme | None = None

    def colorScheme(self) -> Qt.ColorScheme:
        return self.asked or self.desktop

    def setColorScheme(self, scheme: Qt.ColorScheme) -> None:
        self.asked = scheme

    def unsetColorScheme(self) -> None:
        self.asked = None

    def change(self, scheme: Qt.ColorScheme) -> None:
        self.desktop = scheme
        self.colorSchemeChanged.emit(scheme)


@pytest.fixture
def store(tmp_path: Path) -> SettingsStore:
    return SettingsStore(tmp_path / "settings.toml")


@pytest.fixture
def app(qapp: QApplication):
    yield qapp
    qapp.setStyleSheet("")
    qapp.setPalette(QPalette())


def test_the_measure_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize(("above", "ground"), TEXT_ON_GROUND)
def test_text_is_legible(name: str, above: str, ground: str) -> None:
    colours = theme(name).colours
    assert contrast(getattr(colours, above), getattr(colours, ground)) >= 4.5


@pytest.mark.parametrize("name", THEMES)
def test_a_ghost_is_not_taken_for_text(name: str) -> None:
    colours = theme(name).colours
    assert contrast(colours.ghost, colours.text) >= 2.5


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("ground", ["page", "window", "raised"])
def test_edges_of_controls_are_seen(name: str, ground: str) -> None:
    colours = theme(name).colours
    assert contrast(colours.edge, getattr(colours, ground)) >= 3


@pytest.mark.parametrize("name", THEMES)
def test_a_theme_is_complete_and_what_it_says(name: str) -> None:
    loaded = theme(name)
    raw = tomllib.loads((resources_dir() / "themes" / f"{name}.toml").read_text("utf-8"))
    assert set(raw["colours"]) == {field.name for field in fields(Colours)}
    assert loaded.name == name
    assert loaded.dark == (luminance(loaded.colours.page) < 0.2)
    assert loaded.palette().color(QPalette.PlaceholderText) == QColor(loaded.colours.ghost)


def test_a_chosen_theme_holds_at_once(app: QApplication, store: SettingsStore, qtbot) -> None:
    switcher = ThemeSwitcher(app, store, resources_dir(), System())
    label = QLabel("text")
    qtbot.addWidget(label)
    label.show()
    with qtbot.waitSignal(switcher.changed) as changed:
        store.set(APPEARANCE_THEME, "dark")
    assert changed.args[0].dark
    dark = theme("dark").colours
    assert app.palette().color(QPalette.Base) == QColor(dark.page)
    assert label.palette().color(QPalette.WindowText) == QColor(dark.text)
    assert label.grab().toImage().pixelColor(0, 0) == QColor(dark.window)
    store.set(APPEARANCE_THEME, "light")
    assert label.grab().toImage().pixelColor(0, 0) == QColor(theme("light").colours.window)


def test_system_follows_the_desktop_and_a_choice_does_not(app: QApplication, store: SettingsStore) -> None:
    desktop = System()
    switcher = ThemeSwitcher(app, store, resources_dir(), desktop)
    assert switcher.theme == theme("light")
    desktop.change(Qt.ColorScheme.Dark)
    assert switcher.theme == theme("dark")
    store.set(APPEARANCE_THEME, "light")
    assert switcher.theme == theme("light")
    assert desktop.asked == Qt.ColorScheme.Light
    desktop.change(Qt.ColorScheme.Light)
    desktop.change(Qt.ColorScheme.Dark)
    assert switcher.theme == theme("light")
    store.set(APPEARANCE_THEME, "system")
    assert switcher.theme == theme("dark")
    desktop.change(Qt.ColorScheme.Unknown)
    assert switcher.theme == theme("light")


@pytest.mark.parametrize("file", sorted((resources_dir() / "icons").glob("*.svg")), ids=lambda f: f.name)
def test_icons_are_drawn_in_the_colour_asked_for(qapp: QApplication, file: Path) -> None:
    colour = QColor("#c02040")
    image = tinted_icon(file, colour).pixmap(20, 20).toImage()
    drawn = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    solid = [c for c in drawn if c.alpha() > 200]
    assert solid
    if "currentColor" in file.read_text():
        assert all(abs(c.red() - 0xC0) < 12 and abs(c.green() - 0x20) < 12 for c in solid)


def test_an_icon_is_sharp_at_twice_the_size(qapp: QApplication) -> None:
    icon = tinted_icon(resources_dir() / "icons" / "reset.svg", QColor("black"), 20)
    assert {(size.width(), size.height()) for size in icon.availableSizes()} == {(20, 20), (40, 40), (60, 60)}
