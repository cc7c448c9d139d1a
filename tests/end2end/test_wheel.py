"""The program as a wheel: what it holds, and that it finds its resources from inside."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("hatchling is not in this .venv; make installs it")
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--no-deps", "--no-build-isolation", "--no-cache-dir", "--quiet", "--wheel-dir", folder]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, ROOT], check=True)
    (found,) = folder.glob("*.whl")
    return found


def test_wheel_holds_program_resources_and_licences(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "writer/cli.py" in names
    resources = [p.relative_to(ROOT) for p in (ROOT / "resources").rglob("*") if p.is_file()]
    assert [name for name in resources if f"writer/{name.as_posix()}" not in names] == []
    assert [name for name in names if name.startswith("tests/")] == []
    licences = {name.split("licenses/")[1] for name in names if "dist-info/licenses/" in name}
    dictionaries = {f"resources/dictionaries/en_{land}.LICENSE.txt" for land in ("GB", "US")}
    assert licences == {"LICENSE", "resources/fonts/OFL.txt", *dictionaries}


def test_unpacked_wheel_finds_its_resources(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from writer.base import paths; from writer.models import catalogue\n"
        "print(paths.resources_dir()); catalogue.load()"
    )
    result = subprocess.run(
        [sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == str(tmp_path / "writer" / "resources")
