"""What `make` does to a machine: nothing the second time, and the right packages where some are missing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETUP = ROOT / "packaging" / "setup"
BOOTSTRAP = SETUP / "bootstrap.py"
STAMP = ROOT / ".venv" / ".writer-setup.json"

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="apt and ldd are Linux's")


def script(path: Path, *lines: str) -> None:
    """A program that the setup may call."""
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)


def call(code: str, path: Path | str, *, as_nobody: bool = False) -> Any:
    """What an expression about the module `system` gives in a process with this search path."""
    lines = [
        "import json, os, sys",
        "from pathlib import Path",
        f"sys.path.insert(0, {str(SETUP)!r})",
        "import system",
        "os.setuid(65534)" if as_nobody and os.geteuid() == 0 else "",
        f"print(json.dumps({code}))",
    ]
    result = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": str(path), "LANG": "C.UTF-8"},
    )
    return json.loads(result.stdout.splitlines()[-1])


@pytest.fixture
def programs() -> Iterator[Path]:
    """A folder for programs that anybody may run."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_second_setup_has_nothing_to_do() -> None:
    if not STAMP.is_file():
        pytest.skip("this .venv was not made by make, so there is no setup to look at")
    began = time.monotonic()
    result = subprocess.run([sys.executable, BOOTSTRAP, "--test", "--check"], check=False)
    assert result.returncode == 0
    assert time.monotonic() - began < 30


def test_qts_libraries_are_found_on_this_machine() -> None:
    assert call(f"system.missing_libraries(Path({sys.prefix!r}))", os.environ["PATH"]) == []


def test_missing_library_is_named(tmp_path: Path) -> None:
    """A plugin that asks for a library that no machine has is seen by the linker, and so by us."""
    real = next(Path(sys.prefix).glob("lib/python3*/site-packages/PySide6/Qt/plugins/platforms/libqxcb.so"))
    plugin = tmp_path / "lib/python3.11/site-packages/PySide6/Qt/plugins/platforms/libqxcb.so"
    plugin.parent.mkdir(parents=True)
    plugin.write_bytes(real.read_bytes().replace(b"libxkbcommon.so.0", b"libxkbcommon.so.7"))
    missing = f"system.missing_libraries(Path({str(tmp_path)!r}))"
    assert "libxkbcommon.so.7" in call(missing, os.environ["PATH"])
    known = "system.PACKAGES.update({'libxkbcommon.so.7': 'libxkbcommon7'})"
    assert "libxkbcommon7" in call(f"({known}, {missing})[1]", os.environ["PATH"])


def test_missing_tools_and_fonts_are_named(programs: Path) -> None:
    tools = (
        "appstream dbus-daemon desktop-file-utils fcitx5 openbox sway wl-clipboard wtype xauth xdotool xvfb"
    )
    found = call("system.missing_tools()", programs)
    by_path = ("at-spi2", "fcitx5-", "ibus", "python3-")
    assert [name for name in found if not name.startswith(by_path)] == tools.split()
    script(programs / "fc-list", "exit 0")
    assert call("system.missing_fonts()", programs) == ["fontconfig", "fonts-wqy-microhei"]
    script(programs / "fc-list", "echo 'Some Sans'")
    assert call("system.missing_fonts()", programs) == []


def test_apt_is_asked_and_its_lists_are_renewed_when_that_fails(programs: Path) -> None:
    log = programs / "log"
    log.touch()
    log.chmod(0o666)
    apt = programs / "apt-get"
    script(apt, f'echo "$@ $DEBIAN_FRONTEND" >> {log}', f'grep -q ^update {log} || [ "$1" = update ]')
    if os.geteuid():
        script(programs / "sudo", 'shift; [ "$1" = env ] && shift 2', 'exec "$@"')
    result = call("system.install(['libegl1', 'libgl1'])", programs_with(programs, "grep"))
    assert result is None
    install = "install --yes --no-install-recommends libegl1 libgl1 noninteractive"
    assert log.read_text().splitlines() == [install, "update noninteractive", install]


def test_without_rights_the_command_is_named(programs: Path) -> None:
    script(programs / "apt-get", "exit 100")
    script(programs / "sudo", "exit 1")
    result = call("system.install(['libegl1'])", programs, as_nobody=True)
    assert result == "sudo apt-get install --yes --no-install-recommends libegl1"


def test_without_apt_the_packages_are_named(programs: Path) -> None:
    result = call("system.install(['libegl1'])", programs)
    assert result == "your package manager (Debian's names: libegl1)"


def programs_with(folder: Path, *names: str) -> Path:
    """The folder, with these programs of the system added."""
    for name in names:
        (folder / name).symlink_to(shutil.which(name) or name)
    return folder


def test_old_python_is_told_what_to_do(programs: Path) -> None:
    script(programs / "python3", "exit 1")
    result = subprocess.run(
        ["make", "setup", f"PYTHON={programs / 'python3'}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert "Writer needs Python 3.11 or newer" in result.stderr
