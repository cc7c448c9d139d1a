"""The definition of the packages: what goes in, what the desktop is told, the version in one place."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from configparser import RawConfigParser
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import PySide6
import pytest
import yaml  # type: ignore[import-untyped]
from PySide6.QtGui import QImageReader

import writer

ROOT = Path(__file__).resolve().parents[2]
LINUX = ROOT / "packaging" / "linux"
APP_ID = "app.writer.Writer"


def load(path: str) -> ModuleType:
    """A script below packaging/, as a module."""
    file = ROOT / "packaging" / path
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(file.parent)
        spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("place", "taken"),
    [
        ("torch/lib/libtorch_cpu.so", True),
        ("torch/include/ATen/ATen.h", False),
        ("torch/bin/protoc", False),
        ("torch/bin/torch_shm_manager", True),
        ("torch/testing/_comparison.py", True),
        ("torch/testing/_internal/common_utils.py", False),
        ("torch/_inductor/ir.py", False),
        ("torch/_inductor/config.py", True),
        ("torch/nn/functional.py", True),
        ("numpy/tests/data/x.npy", False),
        ("PySide6/QtWidgets.abi3.so", True),
        ("PySide6/QtQml.abi3.so", False),
        ("PySide6/Qt/lib/libQt6Gui.so.6", True),
        ("PySide6/Qt/lib/libQt6Quick.so.6", False),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", True),
        ("PySide6/Qt/plugins/platforms/libqvnc.so", False),
        ("PySide6\\plugins\\platforms\\qwindows.dll", True),
        ("PySide6/Qt/plugins/sqldrivers/libqsqlite.so", False),
        ("httpx2-2.16.2.dist-info/licenses/LICENSE.md", True),
        ("httpx2-2.16.2.dist-info/METADATA", True),
        ("hf_xet-1.8.0.dist-info/licenses/LICENSE", False),
        ("writer/resources/models.toml", True),
        ("writer/resources/readme.png", False),
        ("writer/resources/growth.svg", False),
        ("libX11.so.6", True),
        ("libXcursor.so.1", True),
        ("libcups.so.2", False),
    ],
)
def test_what_is_taken(place: str, taken: bool) -> None:
    assert load("bundle/contents.py").kept(place) is taken


SORTED = """
from PySide6.QtCore import QCollator, QLocale
places = {name: QCollator(QLocale(name)) for name in ("zh", "en", "sv")}
words = ["\\u4e2d", "\\u963f", "\\u6ce2", "zebra", "\\u00f6l", "Apfel", "apple"]
print([sorted(words, key=place.sortKey) for place in places.values()])
print(open("/proc/self/maps").read().count(%r) > 0)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the wheels of other systems bring no ICU")
def test_words_are_sorted_as_before_without_what_is_not_read_of_icu(tmp_path: Path) -> None:
    whole = next(Path(PySide6.__file__).parent.glob("Qt/lib/libicudata.so.*"))
    copy = Path(shutil.copy(whole, tmp_path))
    assert load("bundle/icu_data.py").empty_unread(copy) > 20_000_000
    assert copy.stat().st_size == whole.stat().st_size
    said = []
    for library in (whole, copy):
        command = [sys.executable, "-c", SORTED % str(library)]
        own = os.environ | {"LD_LIBRARY_PATH": str(library.parent)}
        said.append(subprocess.run(command, capture_output=True, text=True, check=True, env=own).stdout)
    assert said[0] == said[1]
    assert said[0].endswith("True\n")


def test_a_library_without_data_of_icu_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "libicudata.so.80"
    other.write_bytes(b"\x7fELF and nothing else")
    with pytest.raises(ValueError, match="ICU"):
        load("bundle/icu_data.py").empty_unread(other)


@pytest.mark.parametrize(
    ("module", "taken"),
    [
        ("transformers.generation.utils", True),
        ("transformers.models.auto.configuration_auto", True),
        ("transformers.models.gpt2.modeling_gpt2", True),
        ("transformers.models.qwen3.configuration_qwen3", True),
        ("transformers.models.distilbert.tokenization_distilbert", True),
        ("transformers.models.t5.tokenization_t5", True),
        ("transformers.models.t5.modeling_t5", False),
        ("transformers.models.clip.modeling_clip", False),
        ("transformers.models.fuyu.image_processing_fuyu", False),
    ],
)
def test_what_is_taken_of_transformers(module: str, taken: bool) -> None:
    contents = load("bundle/contents.py")
    assert contents.taken_of_transformers(module, contents.models_taken()) is taken


def test_what_the_taken_models_import_of_others_is_taken() -> None:
    contents = load("bundle/contents.py")
    models = contents.models_taken()
    folder = Path(str(importlib.util.find_spec("transformers.models").origin)).parent  # type: ignore[union-attr]
    missing = set()
    for file in folder.glob("*/*.py"):
        of = f"transformers.models.{file.parent.name}"
        if file.stem == "__init__" or not contents.taken_of_transformers(f"{of}.{file.stem}", models):
            continue
        for dots, name in re.findall(
            r"^from (\.\.?)([a-z]\w*(?:\.\w+)?) import", file.read_text("utf-8"), re.M
        ):
            module = f"{of}.{name}" if dots == "." else f"transformers.models.{name}"
            if module.count(".") == 3 and not contents.taken_of_transformers(module, models):
                missing.add(module)
    assert missing == set()


@pytest.mark.parametrize(("kind", "sizes"), [("ico", [16, 256]), ("icns", [16, 1024])])
def test_the_icons_of_the_other_systems_are_read_back(tmp_path: Path, kind: str, sizes: list[int]) -> None:
    file = tmp_path / f"writer.{kind}"
    file.write_bytes(getattr(load("bundle/icons.py"), kind)(ROOT / "resources" / "icons" / "writer.svg"))
    reader = QImageReader(str(file))
    widths = []
    for i in range(reader.imageCount()):
        assert reader.jumpToImage(i)
        widths.append(reader.read().width())
    assert [widths[0], widths[-1]] == sizes
    assert reader.read().pixelColor(widths[-1] // 8 + 4, widths[-1] // 2).name() == "#1f6a8a"


def test_the_other_definitions_name_files_that_are_here() -> None:
    manifest = yaml.safe_load((ROOT / "packaging/flatpak" / f"{APP_ID}.yml").read_text("utf-8"))
    assert manifest["id"] == APP_ID
    sources = [source["path"] for module in manifest["modules"] for source in module["sources"]]
    assert [p for p in sources if "dist" not in p and not (ROOT / "packaging/flatpak" / p).is_file()] == []
    jobs = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text("utf-8"))["jobs"]
    assert set(jobs) == {"linux", "windows", "macos"}
    said = "\n".join(step.get("run", "") for job in jobs.values() for step in job["steps"])
    scripts = re.findall(r"packaging/[\w/]+\.py", said)
    assert len(scripts) >= 6
    assert [script for script in scripts if not (ROOT / script).is_file()] == []


def test_no_module_of_the_program_is_excluded() -> None:
    excluded = load("bundle/contents.py").EXCLUDED_MODULES
    imported = set()
    for file in (ROOT / "writer").rglob("*.py"):
        imported |= set(re.findall(r"^\s*(?:from|import) ([\w.]+)", file.read_text("utf-8"), re.MULTILINE))
    taken_out = [n for n in imported if any(n == e or n.startswith(f"{e}.") for e in excluded)]
    assert taken_out == []


def test_every_module_of_qt_that_is_imported_is_taken() -> None:
    taken = load("bundle/contents.py").QT_MODULES
    for file in (ROOT / "writer").rglob("*.py"):
        assert set(re.findall(r"PySide6\.(Qt\w+)", file.read_text("utf-8"))) <= set(taken), file


def test_the_version_stands_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["dynamic"] == ["version"]
    assert load("linux/package.py").version() == writer.__version__
    for file in (ROOT / "packaging").rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts:
            assert f'"{writer.__version__}"' not in file.read_text("utf-8", "replace"), file


def test_the_desktop_knows_the_program_by_one_name() -> None:
    entry = RawConfigParser()
    entry.optionxform = str  # type: ignore[assignment, method-assign]
    entry.read(LINUX / f"{APP_ID}.desktop", "utf-8")
    desktop = entry["Desktop Entry"]
    assert desktop["Icon"] == APP_ID
    assert desktop["Exec"] == "writer %F"
    assert {"text/plain", "text/markdown"} <= set(desktop["MimeType"].split(";"))
    tree = ElementTree.parse(LINUX / f"{APP_ID}.metainfo.xml")
    assert tree.findtext("id") == APP_ID
    assert tree.findtext("launchable") == f"{APP_ID}.desktop"
    assert f'setDesktopFileName("{APP_ID}")' in (ROOT / "writer/ui/startup.py").read_text("utf-8")


@pytest.mark.parametrize(
    ("command", "file"),
    [
        (["desktop-file-validate"], f"{APP_ID}.desktop"),
        (["appstreamcli", "validate", "--no-net"], f"{APP_ID}.metainfo.xml"),
    ],
)
def test_the_validators_are_content(command: list[str], file: str) -> None:
    done = subprocess.run([*command, LINUX / file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not shutil.which("dpkg"), reason="packages are made on Debian")
def test_the_package_depends_on_what_it_leaves_to_debian(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "_internal"
    (inside / "hunspell").mkdir(parents=True)
    package = load("linux/package.py")
    monkeypatch.setattr(package, "BUNDLE", tmp_path)
    here = package._places()
    for name, target in (("libssl.so.3", inside), ("libz.so.1", inside / "hunspell")):
        shutil.copy(here[name], target / name)
    shutil.copy(here["libz.so.1"], inside / "libpython3.11.so.1.0")
    shutil.copy(shutil.which("openssl") or here["libssl.so.3"], tmp_path / "writer")
    assert package.system_libraries() == {"libssl.so.3": "libssl3"}
    needed = package.needed_packages()
    assert {"libssl3", "libxcursor1"} <= set(needed)
    assert "zlib1g" not in needed
    assert not {"", "libc6"} & set(needed)


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="packages are made on Debian")
def test_dpkg_reads_the_compressed_package(tmp_path: Path) -> None:
    tree, plain, package = tmp_path / "tree", tmp_path / "plain.deb", tmp_path / "small.deb"
    (tree / "DEBIAN").mkdir(parents=True)
    about = "Package: a\nVersion: 1\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: a\n"
    (tree / "DEBIAN" / "control").write_text(about)
    code = Path(sys.executable).resolve().read_bytes()[:300_001]
    (tree / "program").write_bytes(code)
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", "-Znone", tree, plain], check=True)
    load("linux/small_deb.py").compress(plain, package)
    subprocess.run(["dpkg-deb", "--extract", package, tmp_path / "out"], check=True)
    assert (tmp_path / "out" / "program").read_bytes() == code
    field = ["dpkg-deb", "--field", package, "Package"]
    assert subprocess.run(field, check=True, capture_output=True, text=True).stdout == "a\n"
    assert package.stat().st_size < plain.stat().st_size / 2
    plain.write_bytes(plain.read_bytes()[:-1_000])
    with pytest.raises(EOFError):
        load("linux/small_deb.py").compress(plain, package)
