"""The themes are legible, complete, and switched while the program runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QLabel

from writer.base.paths import resources_dir
from writer.settings.schema import APPEARANCE_COLOURS, APPEARANCE_THEME
from writer.settings.store import SettingsStore
from writer.ui.common.theme import Theme, ThemeSwitcher, tinted_icon
from writer.ui.common.theme_files import all_themes, find_theme, load_theme

FOLDER = resources_dir() / "themes"

THEMES = ["paper", "sepia", "sea", "moss", "contrast"]
SIDES = [(name, side) for name in THEMES for side in ("light", "dark")]
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


def theme(side: str, name: str = "paper") -> Theme:
    found = load_theme(FOLDER / f"{name}.toml")
    return Theme(found.name, side == "dark", getattr(found, side))


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


@pytest.mark.parametrize(("name", "side"), SIDES)
def test_text_is_legible_ghosts_are_no_text_and_edges_are_seen(name: str, side: str) -> None:
    colours = theme(side, name).colours

    def between(above: str, ground: str) -> float:
        return contrast(getattr(colours, above), getattr(colours, ground))

    assert [(above, ground) for above, ground in TEXT_ON_GROUND if between(above, ground) < 4.5] == []
    assert [ground for ground in ("page", "window", "raised") if between("edge", ground) < 3] == []
    assert between("ghost", "text") >= 2.5


@pytest.mark.parametrize(("name", "side"), SIDES)
def test_a_theme_is_what_it_says(name: str, side: str) -> None:
    loaded = theme(side, name)
    assert loaded.dark == (luminance(loaded.colours.page) < 0.2)
    assert loaded.palette().color(QPalette.PlaceholderText) == QColor(loaded.colours.ghost)


def test_the_themes_of_the_settings_are_those_of_the_files() -> None:
    options = {option.value: option.label for option in APPEARANCE_COLOURS.value_type.options}
    assert list(options) == THEMES
    assert {stem: found.name for stem, found in all_themes([FOLDER]).items()} == options


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


def test_colours_are_chosen_beside_light_and_dark(app: QApplication, store: SettingsStore) -> None:
    desktop = System()
    switcher = ThemeSwitcher(app, store, resources_dir(), desktop)
    for name in THEMES:
        store.set(APPEARANCE_COLOURS, name)
        for side, scheme in (("dark", Qt.ColorScheme.Dark), ("light", Qt.ColorScheme.Light)):
            desktop.change(scheme)
            assert switcher.theme == theme(side, name)
            assert app.palette().color(QPalette.Base) == QColor(theme(side, name).colours.page)


def test_a_theme_of_the_user_is_one_of_all(app: QApplication, store: SettingsStore, tmp_path: Path) -> None:
    text = (FOLDER / "sea.toml").read_text("utf-8")
    (tmp_path / "我的.toml").write_text(
        text.replace('"Sea"', '"我的海"').replace("#f6fbfe", "#ABCDEF"), "utf-8"
    )
    (tmp_path / "paper.toml").write_text(text, "utf-8")  # no other than the program's
    assert all_themes([FOLDER, tmp_path])["paper"].name == "Paper"
    assert all_themes([tmp_path])["我的"].name == "我的海"
    switcher = ThemeSwitcher(app, store, resources_dir(), System(), [tmp_path])
    store.set(APPEARANCE_COLOURS, "我的")
    assert switcher.theme.colours.page == "#ABCDEF"
    (tmp_path / "我的.toml").unlink()
    assert ThemeSwitcher(app, store, resources_dir(), System(), [tmp_path]).theme == theme("light")


WHOLE = (FOLDER / "moss.toml").read_bytes()
DAMAGED = {
    "empty": b"",
    "no TOML": b"\x00\xff\xfe{{{",
    "cut off": WHOLE[: len(WHOLE) // 2],
    "another program's": b'[colors]\nprimary = "red"\n',
    "a colour is missing": WHOLE.replace(b"accent =", b"akzent ="),
    "a colour's name": WHOLE.replace(b'"#', b'"red', 1),
    "style in a colour": WHOLE.replace(b'"#', b'"red; } * { image: url(/dev/zero) } #', 1),
    "a line behind a colour": WHOLE.replace(b'"          #', b'\\n"          #', 1),
    "numbers": WHOLE.replace(b'"#', b"0x", 1).replace(b'"', b"", 1),
    "a list for a side": b'name = "x"\nlight = []\ndark = []\n',
    "no name": WHOLE.replace(b'"Moss"', b'""'),
    "deep": b"a = " + b"[" * 20_000,
    "large": WHOLE + b"# " + b"x" * 100_000,
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_or_foreign_theme_is_left_out(
    app: QApplication, store: SettingsStore, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "own.toml").write_bytes(content)
    (tmp_path / "whole.toml").write_bytes(WHOLE)
    assert list(all_themes([tmp_path])) == ["whole"]
    store.set(APPEARANCE_COLOURS, "own")
    assert ThemeSwitcher(app, store, resources_dir(), System(), [tmp_path]).theme == theme("light")


@pytest.mark.skipif(os.name == "nt", reason="there are no pipes of this kind")
def test_what_is_no_file_is_no_theme(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "zero.toml").symlink_to("/dev/zero")
    (tmp_path / "gone.toml").symlink_to("nowhere")
    assert all_themes([tmp_path, tmp_path / "not there", tmp_path / "pipe.toml"]) == {}
    within = tmp_path / "within"
    within.mkdir()
    (tmp_path / "outside.toml").write_bytes(WHOLE)
    for name in ("../outside", str(tmp_path / "outside"), "", ".", "a\0b", "x" * 200):
        assert find_theme(name, [within]) is None


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
