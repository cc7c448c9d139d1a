"""The window on Wayland: keys, ghost text, clipboard and Chinese, on a compositor without a monitor."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end2end.compositor import Compositor, missing
from tests.end2end.input_methods import FCITX
from tests.end2end.probed_window import ProbedWindow
from tests.end2end.screen import until

SCRIPT = {"It was a ": "dark night."}


@pytest.fixture
def compositor() -> Iterator[Compositor]:
    if lacking := missing():
        pytest.skip(f"Wayland needs {', '.join(lacking)}; packaging/setup/system.py names the packages")
    with tempfile.TemporaryDirectory() as folder:  # in the path of a socket, tmp_path would be too long
        result = Compositor(Path(folder))
        yield result
        result.close()


def test_keys_ghost_and_clipboard_on_wayland(compositor, tmp_path):
    window = ProbedWindow(compositor.environment, tmp_path, script=SCRIPT)
    try:
        until(lambda: not window.state()["text"], 30, "the window")
        until(lambda: _types(compositor, window), 30, "the focus")
        compositor.keys("It was a ")
        until(lambda: window.state()["ghost"] == "dark night.", 10, "the ghost")
        compositor.keys("-k", "Tab")
        until(lambda: window.state()["text"] == "It was a dark night.", 10, "the accepted ghost")
        compositor.keys("-M", "ctrl", "a", "c", "-m", "ctrl")
        until(lambda: compositor.clipboard() == "It was a dark night.", 10, "the copy")
        compositor.copy("晚上 é\nend")
        compositor.keys("-M", "ctrl", "v", "-m", "ctrl")
        until(lambda: window.state()["text"] == "晚上 é\nend", 10, "the paste")
    finally:
        window.close()


def test_fcitx_is_reached_on_wayland(compositor, tmp_path):
    if lacking := FCITX.lacking():
        pytest.skip(f"fcitx needs {', '.join(lacking)}; packaging/setup/system.py names the packages")
    FCITX.write_settings(tmp_path)
    environment = {**compositor.environment, "QT_IM_MODULE": FCITX.name}
    window = ProbedWindow(environment, tmp_path, FCITX.command)
    try:
        until(lambda: not window.state()["text"], 30, "the window")
        until(lambda: _composes(compositor, window), 30, "the input method")
        compositor.keys("nihao")
        until(lambda: window.state()["composing"] == FCITX.composed, 10, "the composition")
        compositor.keys(" ")
        until(lambda: window.state()["text"] == "你好", 10, "the committed text")
    finally:
        window.close()


def _types(compositor: Compositor, window: ProbedWindow) -> bool:
    """Whether keys arrive by now; tries one and takes it back."""
    compositor.keys("x")
    return _took_back(compositor, window, "text")


def _composes(compositor: Compositor, window: ProbedWindow) -> bool:
    """Whether keys go to the input method by now; tries one and takes it back."""
    compositor.keys("x")
    if _took_back(compositor, window, "composing"):
        return True
    if window.state()["text"]:
        compositor.keys("-k", "BackSpace")
    return False


def _took_back(compositor: Compositor, window: ProbedWindow, place: str) -> bool:
    try:
        until(lambda: window.state()[place], 0.5, "the key")
    except AssertionError:
        return False
    compositor.keys("-k", "BackSpace")
    until(lambda: not window.state()[place], 5, "taking the key back")
    return True
