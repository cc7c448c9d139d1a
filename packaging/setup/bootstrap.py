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

import pins
import system

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / ".writer-setup.json"
REQUIREMENTS = VENV / "requirements.txt"


class SetupError(Exception):
    """The setup cannot go on; its text says what to do."""


def main() -> int:
    """Set up for running, with `--test` for testing too, with `--pins` renew the pins."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--test", action="store_true", help="install what the tests need, too")
    parser.add_argument("--package", action="store_true", help="install what builds the bundle, too")
    parser.add_argument("--torch", default="", help="what to give to pip instead of the pinned torch")
    parser.add_argument("--check", action="store_true", help="do nothing; 1 if something is to be done")
    parser.add_argument("--pins", action="store_true", help="write constraints.txt, keeping its versions")
    parser.add_argument("--upgrade", action="store_true", help="with --pins: take the newest versions")
    options = parser.parse_args()
    try:
        if options.pins:
            write_pins(options.upgrade)
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
    command = [PYTHON, "-m", "writer.models.download.starter"]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise SetupError("The starter model is missing; run make again to try once more.")


def packager() -> None:
    """Install what makes the bundle, and the tools that look into libraries. Quick when they are there."""
    if sys.platform.startswith("linux") and not shutil.which("objdump"):
        system.install(["binutils"])
    _pip_pinned("the packager", "package")


def write_pins(upgrade: bool) -> None:
    """Write the exact version and the hashes of all that pyproject.toml asks for to constraints.txt."""
    if not _works(PYTHON):
        _make_venv()
    _pip("uv", *_project()["dependency-groups"]["pins"])
    text = pins.resolve([PYTHON, "-m", "uv"], pins.FILE.read_text(encoding="utf-8"), upgrade)
    pins.FILE.write_text(text, encoding="utf-8")
    print(f"{text.count('==')} pins written to {pins.FILE.name}")


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
        pins.FILE.read_text(encoding="utf-8"),
        project["project"].get("scripts"),
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
    print("Installing Python packages; the first time this takes some minutes …", flush=True)
    if torch:
        _pip("torch", *shlex.split(torch))
    else:
        _install_torch()
    cuda = [pins.NVIDIA] if not torch and _wants_cuda() else []
    _pip_pinned("the dependencies", "run", *(["test"] if test else []), *cuda)
    _pip("writer itself", "--no-deps", "--no-build-isolation", "--editable", ROOT)


def _install_torch() -> None:
    """Install the build of torch that this machine's index serves for the pinned version, hash checked.

    pip would prefer a file whose hash the index tells: a build for CUDA to one for CPUs on a disk.
    """
    text = pins.FILE.read_text(encoding="utf-8")
    folder = VENV / "torch"
    shutil.rmtree(folder, ignore_errors=True)
    _pip("torch", f"torch=={pins.version(text, 'torch')}", "--no-deps", "-d", folder, command="download")
    try:
        for wheel in folder.iterdir():
            if not pins.is_pinned(wheel, pins.sections(text)[pins.TORCH]):
                raise SetupError(f"{wheel.name} is not what was pinned; name a build with make TORCH=...")
            _pip("torch", "--no-deps", wheel)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wants_cuda() -> bool:
    """Whether the torch that is installed asks for NVIDIA's libraries."""
    program = "from importlib.metadata import requires; print(*requires('torch') or ())"
    asked = subprocess.run([PYTHON, "-I", "-c", program], capture_output=True, text=True, check=True).stdout
    return "nvidia-" in asked or "cuda-" in asked


def _pip_pinned(what: str, *names: str) -> None:
    """Install sections of constraints.txt, each package only with the bytes that were there at pinning."""
    parts = pins.sections(pins.FILE.read_text(encoding="utf-8"))
    try:
        REQUIREMENTS.write_text("".join(parts[name] for name in names), encoding="utf-8")
    except KeyError as error:
        raise SetupError(f"constraints.txt lacks the section {error}; run make pins.") from None
    _pip(what, "--require-hashes", "--no-deps", "-r", REQUIREMENTS)


def _pip(what: str, *arguments: str | Path, command: str = "install") -> None:
    call = [PYTHON, "-m", "pip", command, "--quiet", "--disable-pip-version-check", *arguments]
    if subprocess.run(call, check=False).returncode:
        raise SetupError(f"pip could not install {what} (see above); check the network and run make again.")


if __name__ == "__main__":
    sys.exit(main())
