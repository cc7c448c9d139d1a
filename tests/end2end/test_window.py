"""The real program on a real (virtual) screen, with the real starter model and keys from outside."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end2end.screen import Colour, Screen, missing, until
from writer.base import paths

TYPED = "She had lived all her life in the United "


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    if missing():
        pytest.skip(f"a virtual screen needs {', '.join(missing())}; apt installs them")
    folder = tmp_path / "frame"
    folder.mkdir()
    screen = Screen(folder)
    yield screen
    screen.close()


@pytest.fixture
def writer(screen: Screen) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The programs that a test started."""
    running: list[subprocess.Popen[bytes]] = []
    yield running
    for process in running:
        process.kill()
        process.wait()


def start(screen: Screen, running: list[subprocess.Popen[bytes]], *files: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-m", "writer", *files], env=screen.environment)
    running.append(process)
    screen.do("search", "--sync", "--onlyvisible", "--name", "Writer", "windowactivate", "--sync")
    return process


def ghost_colour() -> Colour:
    theme = tomllib.loads((paths.resources_dir() / "themes" / "paper.toml").read_text("utf-8"))
    value = theme["light"]["ghost"].lstrip("#")
    return (int(value[:2], 16), int(value[2:4], 16), int(value[4:], 16))


def ghost_stands(screen: Screen, colour: Colour) -> bool:
    """Whether a ghost is there, and the same one a moment later: nothing is on its way any more."""
    seen = screen.pixels_like(colour)
    time.sleep(1)
    return seen > 20 and screen.pixels_like(colour) == seen


def end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


@pytest.mark.slow
@pytest.mark.usefixtures("starter")
def test_type_see_the_ghost_accept_it_and_save(screen, writer, tmp_path):
    colour = ghost_colour()
    file = tmp_path / "letter.txt"
    file.write_text("")
    process = start(screen, writer, str(file))
    screen.do("type", "--delay", "90", TYPED)
    until(lambda: ghost_stands(screen, colour), 90, "a ghost that stands still")
    screen.do("key", "Tab")
    screen.do("key", "ctrl+s")
    until(lambda: len(file.read_text()) > len(TYPED), 20, "saving")
    accepted = file.read_text()
    assert accepted.startswith(TYPED)
    screen.do("key", "ctrl+z", "ctrl+s")
    until(lambda: file.read_text() == TYPED, 20, "taking back the acceptance in one step")
    screen.do("key", "ctrl+shift+z", "ctrl+s")
    until(lambda: file.read_text() == accepted, 20, "doing it again")
    end(process)


@pytest.mark.slow
def test_ended_by_the_system_unsaved_text_is_there_at_the_next_start(screen, writer, tmp_path):
    file = tmp_path / "letter.txt"
    file.write_text("Dear Ann,\n")
    (paths.config_dir() / "settings.toml").touch()  # else texts are saved by themselves
    process = start(screen, writer, str(file))
    screen.do("key", "ctrl+End")
    screen.do("type", "--delay", "30", "I am not saved.")
    end(process)
    assert file.read_text() == "Dear Ann,\n"
    process = start(screen, writer)
    screen.do("key", "ctrl+s")
    until(lambda: file.read_text() == "Dear Ann,\nI am not saved.", 20, "saving what came back")
    end(process)
