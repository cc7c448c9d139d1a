"""The pins: what `make` installs has the bytes that were there when it was pinned."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from tests.packaging.test_definition import ROOT, load


@pytest.fixture
def pins() -> ModuleType:
    return load("setup/pins.py")


def wheel(folder: Path, content: str) -> Path:
    """A wheel of a package `pinned` 1.0 with one module."""
    file = folder / "pinned-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("pinned.py", content)
        archive.writestr(
            "pinned-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: pinned\nVersion: 1.0\n"
        )
        archive.writestr(
            "pinned-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr("pinned-1.0.dist-info/RECORD", "")
    return file


def pip(requirements: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What the setup calls, with a folder instead of an index."""
    file = folder / "requirements.txt"
    file.write_text(requirements)
    command = [sys.executable, "-m", "pip", "install", "--require-hashes", "--no-deps", "-r", file]
    index = ["--no-index", "--find-links", folder, "--target", folder / "there"]
    return subprocess.run([*command, *index], capture_output=True, text=True, check=False)


def test_a_changed_package_is_not_installed(tmp_path: Path) -> None:
    file = wheel(tmp_path, "x = 1")
    line = f"pinned==1.0 --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n"
    assert pip(line, tmp_path).returncode == 0
    wheel(tmp_path, "x = 2")
    refused = pip(line, tmp_path)
    assert refused.returncode != 0
    assert "DO NOT MATCH THE HASHES" in refused.stderr


def test_every_section_is_there_and_torch_stands_alone(pins: ModuleType) -> None:
    parts = pins.sections(pins.FILE.read_text("utf-8"))
    assert set(parts) == {pins.TORCH, pins.NVIDIA, *pins.SECTIONS}
    assert pins.version(parts[pins.TORCH], "torch") == pins.version(pins.FILE.read_text("utf-8"), "torch")
    assert parts[pins.TORCH].count("==") == 1
    assert "nvidia-" not in parts["run"]


def test_a_changed_build_of_torch_is_seen(pins: ModuleType, tmp_path: Path) -> None:
    file = wheel(tmp_path, "x = 1")
    section = f"torch==1 \\\n    --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n"
    assert pins.is_pinned(file, section)
    wheel(tmp_path, "x = 2")
    assert not pins.is_pinned(file, section)


@pytest.mark.parametrize("test", [False, True])
def test_all_but_torch_is_installed_with_hashes(
    test: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "packaging/setup"))
    bootstrap = load("setup/bootstrap.py")
    calls: list[tuple[str | Path, ...]] = []
    monkeypatch.setattr(bootstrap, "_pip", lambda _what, *arguments, **_options: calls.append(arguments))
    monkeypatch.setattr(bootstrap, "_wants_cuda", lambda: False)
    monkeypatch.setattr(bootstrap, "REQUIREMENTS", tmp_path / "requirements.txt")
    bootstrap._install("torch", test)
    assert calls[1] == ("--require-hashes", "--no-deps", "-r", tmp_path / "requirements.txt")
    assert ("\npytest==" in (tmp_path / "requirements.txt").read_text()) is test
    assert calls[2][-2:] == ("--editable", ROOT)
    assert len(calls) == 3
