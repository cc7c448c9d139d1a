"""Chinese by pinyin, with the input methods that people use, ibus and fcitx, on a virtual screen."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.end2end.screen import Screen, missing, until

PANEL = Path("/usr/libexec/ibus-ui-gtk3")
ENGINE = Path("/usr/libexec/ibus-engine-libpinyin")
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class InputMethod:
    """An input method: its name for Qt and for the class of its box, how it is started and what it shows."""

    name: str
    programs: tuple[str, ...]
    command: str
    composed: str
    """What stands in the text for nihao before a candidate is taken."""

    files: dict[str, str] = field(default_factory=dict)
    """Its settings, below the folder of all settings."""


IBUS = InputMethod(
    "ibus",
    ("dbus-run-session", "ibus-daemon", str(PANEL), str(ENGINE)),
    f"ibus-daemon --panel={PANEL} --cache=none & "
    # ibus puts another engine back while it starts, and `ibus engine NAME` ends with 1 even when done.
    '(while sleep 0.2; do [ "$(ibus engine)" = libpinyin ] || ibus engine libpinyin; done)',
    "你好",
)
FCITX = InputMethod(
    "fcitx",
    ("dbus-run-session", "fcitx5", "/usr/share/fcitx5/addon/pinyin.conf"),
    "fcitx5 --disable=wayland,cloudpinyin",
    "ni hao",
    {
        "fcitx5/config": "[Behavior]\nActiveByDefault=True\n",
        "fcitx5/profile": "[Groups/0]\nName=Default\nDefault Layout=us\nDefaultIM=pinyin\n\n"
        "[Groups/0/Items/0]\nName=pinyin\n\n[GroupOrder]\n0=Default\n",
    },
)


class Pinyin:
    """The program and the input method in a session of their own."""

    def __init__(self, screen: Screen, home: Path, method: InputMethod) -> None:
        self.screen = screen
        self.method = method
        for name, text in method.files.items():
            file = home / ".config" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        screen.environment |= {
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "QT_IM_MODULE": method.name,
            "GDK_BACKEND": "x11",
            "NO_AT_BRIDGE": "1",
        }
        session = f"{method.command} & exec {sys.executable} -m tests.end2end.pinyin_probe"
        self._process = subprocess.Popen(
            ["dbus-run-session", "--", "bash", "-c", session],
            env=screen.environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

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

    def state(self, size: int = 0) -> dict[str, Any]:
        """What is in the window; `size` is the text's new size."""
        self._process.stdin.write(f"{size}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def box(self) -> tuple[int, int] | None:
        """The left upper corner of the candidate box, None where none is seen."""
        found = subprocess.run(
            [
                "xdotool",
                "search",
                "--onlyvisible",
                "--class",
                self.method.name,
                "getwindowgeometry",
                "--shell",
            ],
            env=self.screen.environment,
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        values = dict(line.split("=") for line in found.splitlines() if "=" in line)
        return (int(values["X"]), int(values["Y"])) if "X" in values else None

    def close(self) -> None:
        """End the program and the session."""
        self._process.stdin.close()
        time.sleep(0.3)
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(10)
        self._process.stdout.close()


@pytest.fixture
def pinyin(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Pinyin]:
    method: InputMethod = request.param
    lacking = missing() + [
        name for name in method.programs if not (shutil.which(name) or Path(name).exists())
    ]
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
