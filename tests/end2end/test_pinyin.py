"""Chinese by pinyin, with the input methods that people use, ibus and fcitx, on a virtual screen."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end2end.input_methods import FCITX, IBUS, InputMethod
from tests.end2end.probed_window import ProbedWindow
from tests.end2end.screen import Screen, missing, until


class Pinyin:
    """The program and the input method in a session of their own."""

    def __init__(self, screen: Screen, home: Path, method: InputMethod) -> None:
        self.screen = screen
        self.method = method
        method.write_settings(home)
        environment = {**screen.environment, "QT_IM_MODULE": method.name, "GDK_BACKEND": "x11"}
        window = ProbedWindow(environment, home, method.command)
        self.state, self.close = window.state, window.close

    def activate(self) -> bool:
        """Give the keys to the window; whether there is one, and a window manager."""
        command = ["xdotool", "search", "--onlyvisible", "--name", "Writer", "windowactivate", "--sync"]
        return not subprocess.run(
            command, env=self.screen.environment, capture_output=True, check=False, timeout=10
        ).returncode

    def is_ready(self) -> bool:
        """Whether keys go to the input method by now; tries one and takes it back."""
        self.screen.do("key", "a")
        time.sleep(0.5)
        composes = bool(self.state()["composing"])
        self.screen.do("key", "Escape" if composes else "BackSpace")
        return composes

    def box(self) -> tuple[int, int] | None:
        """The left upper corner of the candidate box, None where none is seen."""
        search = ["xdotool", "search", "--onlyvisible", "--class", self.method.name]
        found = subprocess.run(
            [*search, "getwindowgeometry", "--shell"],
            env=self.screen.environment,
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        values = dict(line.split("=") for line in found.splitlines() if "=" in line)
        return (int(values["X"]), int(values["Y"])) if "X" in values else None


@pytest.fixture
def pinyin(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Pinyin]:
    method: InputMethod = request.param
    lacking = missing() + method.lacking()
    if lacking:
        pytest.skip(f"real pinyin needs {', '.join(lacking)}; packaging/setup/system.py names the packages")
    for name in ("frame", "home"):
        (tmp_path / name).mkdir()
    screen = Screen(tmp_path / "frame")
    session = Pinyin(screen, tmp_path / "home", method)
    try:
        until(session.activate, 30, "the window")
        until(session.is_ready, 30, "the input method")
        until(lambda: session.box() is None, 10, "the box going away")
        yield session
    finally:
        session.close()
        screen.close()


@pytest.mark.slow
@pytest.mark.parametrize("pinyin", [IBUS], indirect=True, ids=["ibus"])
def test_pinyin_becomes_chinese_and_its_box_stands_at_the_cursor_at_every_zoom(pinyin):
    for count, size in enumerate((8, 14, 24, 48), start=1):
        write_hello(pinyin, size, "你好" * count)
    pinyin.screen.do("key", "ctrl+z")
    until(lambda: pinyin.state()["text"] != "你好" * 4, 10, "undo")


@pytest.mark.slow
@pytest.mark.parametrize("pinyin", [FCITX], indirect=True, ids=["fcitx"])
def test_fcitx_is_reached_over_the_interface_of_ibus(pinyin):
    """The wheel's Qt has no plugin for fcitx, which is what `QT_IM_MODULE` names."""
    for count, size in enumerate((14, 48), start=1):
        write_hello(pinyin, size, "你好" * count)


def write_hello(pinyin: Pinyin, size: int, expected: str) -> None:
    """Type nihao at a size of the text, look where the box is, and take its first candidate."""
    before = pinyin.state(size)["text"]
    begin = pinyin.state()["cursor"][0]
    pinyin.screen.do("type", "--delay", "40", "nihao")
    until(pinyin.box, 10, "the candidate box")
    until(lambda: pinyin.state()["composing"] == pinyin.method.composed, 10, "the composition")
    left, _, _, bottom = pinyin.state()["cursor"]
    until(lambda: _beside(pinyin.box(), range(begin, left + 7), bottom), 5, f"the box at {left}, {bottom}")
    assert pinyin.state()["text"] == before
    pinyin.screen.do("key", "space")
    until(lambda: pinyin.state()["text"] == expected, 10, "the committed text")
    until(lambda: pinyin.box() is None, 10, "the box going away")


def _beside(box: tuple[int, int] | None, columns: range, bottom: int) -> bool:
    """Whether the box's corner is right below what is composed; it moves on only from time to time."""
    return box is not None and box[0] in columns and abs(box[1] - bottom) <= 6
