"""A tour by keys through what the window offers, in English and Chinese, where Qt knows no desktop."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.end2end.probed_window import ProbedWindow
from tests.end2end.screen import Screen, missing, until
from tests.end2end.test_desktops import DESKTOP

SECONDS = 60
OPEN_FOLDER = "^(Open Folder|打开文件夹)$"


@dataclass(frozen=True)
class Words:
    """What the texts of a language say, and the name of the guide."""

    first: str
    second: str
    guide: str


WORDS = {
    "en": Words("It had rained all night.", "Snow, and more snow.", "Guide.md"),
    "zh": Words("下了一整夜的雨。", "雪，还是雪。", "指南.md"),
}


class Tour:
    """The window on a screen, and the hands of its user."""

    def __init__(self, screen: Screen, window: ProbedWindow) -> None:
        self._screen = screen
        self._window = window

    def focus(self, name: str) -> None:
        """Give the keys to the window with this name; without a window manager nobody else does."""
        until(lambda: self._try_focus(name), SECONDS, f"the window {name}")

    def press(self, *keys: str) -> None:
        """Press combinations of keys such as "ctrl+b"."""
        self._screen.do("key", "--delay", "30", *keys)

    def type(self, text: str) -> None:
        """Write a text of ASCII."""
        self._screen.do("type", "--delay", "30", "--", text)

    def sees(self, what: str, holds: Callable[[dict[str, Any]], object]) -> None:
        """Wait until something holds for what is in the window."""
        last: dict[str, Any] = {}

        def hold() -> bool:
            last.update(self._window.state())
            return bool(holds(last))

        try:
            until(hold, SECONDS, what)
        except AssertionError as error:
            raise AssertionError(f"{error}; there is {last}") from None

    def _try_focus(self, name: str) -> bool:
        search = ["xdotool", "search", "--onlyvisible", "--name", name, "windowfocus"]
        environment = self._screen.environment
        return not subprocess.run(search, env=environment, capture_output=True, check=False).returncode


@pytest.fixture(params=[(False, "zh"), (True, "en")], ids=["no-manager-zh", "openbox-en"])
def tour(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Tour, Words, Path]]:
    lacking = [*missing(), *(() if shutil.which("dbus-run-session") else ("dbus-run-session",))]
    if lacking:
        pytest.skip(f"the tour needs {', '.join(lacking)}; apt installs them")
    manager, language = request.param
    words = WORDS[language]
    texts, frame, settings = tmp_path / "texts", tmp_path / "frame", tmp_path / ".config" / "writer"
    for folder in (texts, frame, settings):
        folder.mkdir(parents=True)
    (settings / "settings.toml").write_text(f'[language]\nwindow = "{language}"\n')
    (texts / "rain.md").write_text(f"{words.first}\n", "utf-8")
    (texts / "snow.md").write_text(f"{words.second}\n", "utf-8")
    screen = Screen(frame, manager)
    for name in DESKTOP:
        screen.environment.pop(name, None)
    window = ProbedWindow(screen.environment, tmp_path)
    try:
        yield Tour(screen, window), words, texts
    finally:
        window.close()
        screen.close()


@pytest.mark.slow
def test_keys_lead_through_the_window(tour):
    tour, words, texts = tour
    tour.focus("Writer")
    tour.sees("the window", lambda seen: seen["title"])

    tour.press("ctrl+shift+o")
    tour.focus(OPEN_FOLDER)
    tour.type(str(texts))
    tour.press("Return")
    tour.sees("the folder", lambda seen: seen["texts"] == ["rain.md", "snow.md"])
    tour.focus("Writer")

    tour.press("ctrl+p")
    tour.sees("the names", lambda seen: seen["naming"])
    tour.type("snow")
    tour.press("Return")
    tour.sees("the text", lambda seen: seen["text"] == f"{words.second}\n" and not seen["naming"])

    tour.press("ctrl+Home", "shift+End", "ctrl+b")
    tour.sees("bold", lambda seen: seen["text"] == f"**{words.second}**\n")
    tour.press("ctrl+2")
    tour.sees("a heading", lambda seen: seen["text"] == f"## **{words.second}**\n")
    tour.press("ctrl+End")
    tour.type("- one")
    tour.press("Return")
    tour.type("two")
    tour.sees("a list", lambda seen: seen["text"].endswith("\n- one\n- two"))

    tour.press("ctrl+shift+Left", "ctrl+f")
    tour.sees("what is found", lambda seen: seen["found"] == 1)
    tour.press("Escape")
    tour.sees("the end of the search", lambda seen: seen["found"] == -1)

    tour.press("F11")
    tour.sees("the full screen", lambda seen: seen["full"])
    tour.press("Escape")
    tour.sees("its end", lambda seen: not seen["full"])

    shown = [*words.second.split(), "one", "two"]
    tour.press("F5")
    tour.sees("the preview", lambda seen: seen["preview"].split() == shown and not seen["hidden"])
    tour.press("shift+F5")
    tour.sees("the preview alone", lambda seen: seen["preview"].split() == shown and seen["hidden"])
    tour.press("Escape")
    tour.sees("the text again", lambda seen: not seen["preview"] and not seen["hidden"])

    tour.press("shift+F1")
    tour.sees("the guide", lambda seen: seen["title"].startswith(words.guide))
    tour.press("ctrl+w")
    tour.sees("the end of the guide", lambda seen: seen["title"].startswith("snow.md"))

    tour.press("ctrl+End")
    tour.type("!")
    tour.press("ctrl+s")
    until(lambda: (texts / "snow.md").read_text("utf-8").endswith("- two!"), SECONDS, "the file")
    assert (texts / "snow.md").read_text("utf-8") == f"## **{words.second}**\n- one\n- two!"
    assert (texts / "rain.md").read_text("utf-8") == f"{words.first}\n"
