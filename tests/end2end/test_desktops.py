"""The real program where Qt knows no desktop: with openbox, and without any window manager."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end2end.screen import Screen, missing, until

DESKTOP = ("XDG_CURRENT_DESKTOP", "DESKTOP_SESSION", "XDG_SESSION_DESKTOP", "KDE_FULL_SESSION")
MENUS = 20
"""Rows of pixels above or below the top that xdotool tells, which may have the frame's height twice."""


@pytest.fixture(params=[False, True], ids=["no-manager", "openbox"])
def screen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Screen]:
    if missing():
        pytest.skip(f"a virtual screen needs {', '.join(missing())}; apt installs them")
    folder = tmp_path / "frame"
    folder.mkdir()
    screen = Screen(folder, manager=request.param)
    for name in DESKTOP:
        screen.environment.pop(name, None)
    yield screen
    screen.close()


def geometry(screen: Screen, window: str) -> dict[str, int]:
    lines = screen.do("getwindowgeometry", "--shell", window).splitlines()
    return {name: int(value) for name, value in (line.split("=") for line in lines)}


def test_full_screen_and_replace_have_keys_and_full_screen_can_be_left(screen):
    process = subprocess.Popen([sys.executable, "-m", "writer"], env=screen.environment)
    try:
        window = screen.do("search", "--sync", "--onlyvisible", "--name", "Writer").split()[-1]
        screen.do("windowfocus", "--sync", window, "mousemove", "--window", window, "200", "200")
        before = geometry(screen, window)
        top = before["Y"]

        def menus() -> bytes:
            return screen.rows(max(0, top - MENUS), top + MENUS)

        def is_still() -> bool:
            seen = menus()
            time.sleep(0.5)
            return len(set(seen)) > 8 and menus() == seen

        until(is_still, 20, "the first picture")
        shown = menus()
        for leave in ("F11", "Escape"):
            screen.do("key", "F11")
            until(lambda: menus() != shown, 20, "full screen")
            screen.do("key", leave)
            until(lambda: menus() == shown, 20, f"leaving by {leave}")
            assert geometry(screen, window) == before
        bottom = before["HEIGHT"] + top
        text = screen.rows(bottom - 90, bottom - 40)
        screen.do("key", "ctrl+h")
        until(lambda: screen.rows(bottom - 90, bottom - 40) != text, 20, "the bar to replace")
    finally:
        process.terminate()
        process.wait(20)
