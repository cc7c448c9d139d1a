"""The program as a screen reader gets it, over the accessibility bus of a session of its own."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end2end.probed_window import ProbedWindow
from tests.end2end.screen import Screen, missing, until

PYTHON = "/usr/bin/python3"
NEEDED = (PYTHON, "/usr/lib/python3/dist-packages/pyatspi/__init__.py", "/usr/libexec/at-spi-bus-launcher")
SCRIPT = {"It was a ": "dark night."}

CONTROLS = (
    "push button",
    "check box",
    "menu item",
    "page tab",
    "combo box",
    "spin button",
    "text",
    "list",
    "tree",
)


class Reading:
    """The program, its keys, and what the screen reader learnt."""

    def __init__(self, screen: Screen, folder: Path) -> None:
        self.screen = screen
        self.folder = folder
        client = Path(__file__).with_name("screen_reader.py")
        reader = f"env --unset=PYTHONPATH {PYTHON} {shlex.quote(str(client))} {shlex.quote(str(folder))}"
        environment = {**screen.environment, "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1"}
        self.window = ProbedWindow(environment, folder, f"{reader} >/dev/null", SCRIPT)

    def events(self) -> list[list[Any]]:
        """What was heard: [type, role, name, detail, text] of each event."""
        file = self.folder / "events"
        return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []

    def tree(self) -> list[list[Any]]:
        """What is there now: [role, name, is seen, takes the focus, text] of each part."""
        ask, tree = self.folder / "ask", self.folder / "tree"
        tree.unlink(missing_ok=True)
        ask.touch()
        until(lambda: tree.exists(), 20, "the look at the program")
        return json.loads(tree.read_text("utf-8"))

    def activate(self) -> bool:
        """Give the keys to the window; whether there is one."""
        command = ["xdotool", "search", "--onlyvisible", "--name", "Writer", "windowactivate", "--sync"]
        return not subprocess.run(
            command, env=self.screen.environment, capture_output=True, check=False, timeout=10
        ).returncode


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reading]:
    if lacking := missing() + [name for name in NEEDED if not Path(name).exists()]:
        pytest.skip(
            f"a screen reader needs {', '.join(lacking)}; packaging/setup/system.py names the packages"
        )
    screen = Screen(tmp_path_factory.mktemp("frame"))
    result = Reading(screen, tmp_path_factory.mktemp("home"))
    try:
        until(result.activate, 30, "the window")
        until(result.events, 30, "the accessibility bus")
        yield result
    finally:
        result.window.close()
        screen.close()


def test_a_screen_reader_hears_what_is_written_and_suggested(reading):
    keys = reading.screen.do
    keys("type", "--delay", "20", "It was a ")
    until(lambda: reading.window.state()["ghost"] == "dark night.", 10, "the ghost")
    until(lambda: ["object:text-changed:insert", "text", "Text", 0, "I"] in reading.events(), 5, "the letter")
    until(lambda: _heard(reading, "object:text-caret-moved", 9), 5, "the caret")
    assert not any("dark" in event[4] for event in reading.events())
    keys("key", "ctrl+shift+space")
    until(lambda: _heard(reading, "object:announcement", text="dark night."), 5, "the ghost aloud")
    assert [part[4] for part in reading.tree() if part[:2] == ["text", "Text"]] == ["It was a "]
    keys("key", "Tab")
    until(lambda: _heard(reading, "object:text-changed:insert", text="dark night."), 5, "the accepted ghost")


def test_every_control_tells_a_screen_reader_its_name_and_role(reading):
    keys = reading.screen.do
    keys("key", "ctrl+n")
    until(lambda: not reading.window.state()["text"], 10, "the new text")
    keys("key", "F4", "ctrl+h")
    until(lambda: _heard(reading, "object:state-changed:focused", name="Find"), 10, "the search bar")
    tree = reading.tree()
    assert nameless(tree) == []
    assert [part[1] for part in tree if part[0] == "page tab"] == ["• Untitled", "Untitled"]
    keys("key", "ctrl+comma")
    until(lambda: _focused(reading)[-1] not in ("Text", "Find"), 10, f"the settings {_focused(reading)}")
    assert nameless(reading.tree()) == []


def test_the_list_of_a_folder_is_read_text_by_text(reading):
    texts = reading.folder / "texts"
    texts.mkdir()
    for name in ("rain.md", "snow.md"):
        (texts / name).write_text(f"# About {name[:4]}", "utf-8")
    keys = reading.screen.do
    keys("key", "Escape")
    keys("key", "ctrl+shift+o")
    until(lambda: _focused(reading)[-1] not in ("Text", "Find"), 10, "the choice of a folder")
    keys("type", str(texts))
    keys("key", "Return")
    until(lambda: {"rain.md", "snow.md"} <= {part[1] for part in reading.tree() if part[2]}, 20, "the list")
    assert nameless(reading.tree()) == []
    keys("key", "Down", "Down")
    until(lambda: {"rain.md", "snow.md"} <= set(_focused(reading)), 10, f"{_focused(reading)[-9:]}")


def nameless(tree: list[list[Any]]) -> list[list[Any]]:
    """The parts that are seen and can be used, and have no name or no role that tells what they are."""
    return [
        part
        for part in tree
        if part[2] and (part[3] or part[0] in CONTROLS) and (not part[1].strip() or part[0] == "unknown")
    ]


def _focused(reading: Reading) -> list[str]:
    """The names of what got the focus, one after the other."""
    return [event[2] for event in reading.events() if event[0].endswith("focused") and event[3]]


def _heard(
    reading: Reading, kind: str, detail: int | None = None, text: str = "", name: str = "Text"
) -> bool:
    """Whether an event of the text of this name was heard."""
    return any(
        event[:3] == [kind, "text", name] and detail in (None, event[3]) and text in event[4]
        for event in reading.events()
    )
