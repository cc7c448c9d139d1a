"""Real commands on files and models whose names hold control characters, or bytes that are no text."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.small_models import make_gpt2
from writer.base import paths
from writer.models import manifest as manifests
from writer.models.manifest import Manifest

NAMES = {b"\xff\xfe": "\\xff\\xfe", b"a\nb": "a\\nb", b"\x1b[31mred": "\\x1b[31mred"}
"""Names as the disk has them, and as they are shown."""

TEXT = b"The quick brown fox jumps over the lazy dog. It was a day like any other, and we walked home. "


def named(name: bytes) -> str:
    return os.fsdecode(name)


def writer(*arguments: str | Path, text: bytes = b"") -> subprocess.CompletedProcess[str]:
    """What a command prints into pipes that take UTF-8 and nothing else."""
    done = subprocess.run(
        [sys.executable, "-m", "writer", *arguments],
        input=text,
        capture_output=True,
        check=False,
        timeout=240,
        env=os.environ | {"PYTHONIOENCODING": "utf-8:strict"},
    )
    out, complaint = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in complaint
    assert re.findall(r"[^\n -\ud7ff\ue000-\U0010ffff]|[\x7f-\x9f]", out + complaint) == []
    return subprocess.CompletedProcess(done.args, done.returncode, out, complaint)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_gpt2(tmp_path_factory.mktemp("odd") / "small", steps=1)


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A folder of three texts, each a copy of the first."""
    folder = tmp_path / named(b"texts \xff")
    folder.mkdir()
    for name in NAMES:
        (folder / named(name + b".txt")).write_bytes(TEXT * 20)
    return folder


def test_what_is_not_there_is_named_in_one_line() -> None:
    for name, shown in NAMES.items():
        done = writer("models", "remove", named(name))
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert f"“{shown}”" in done.stderr
    done = writer("models", "list", *map(named, NAMES))
    assert done.returncode == 2
    assert done.stderr.endswith(f"unrecognized arguments: {' '.join(NAMES.values())}\n")


def test_a_text_is_evaluated_whatever_its_name_is(model: Path, texts: Path) -> None:
    file = texts / named(b"\xff\xfe.txt")
    done = writer("evaluate", "--model", model, "--limit", "30", "--json", file)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["texts"] == 1


def test_a_preview_names_each_file_in_a_line_of_its_own(model: Path, texts: Path) -> None:
    done = writer("train", texts, "--base", model, "--preview")
    assert done.returncode == 1  # there is too little text
    lines = done.stdout.splitlines()
    assert [line.strip().partition(":")[0] for line in lines if "the same as" in line] == [
        "a\\nb.txt",
        "\\xff\\xfe.txt",
    ]
    assert "too little text in" in lines[-1]
    assert "texts \\xff" in lines[-1]
    done = writer("train", texts, "--base", model, "--preview", "--json")
    seen = json.loads(done.stdout.splitlines()[-1])
    assert {one["name"] for one in seen["refusals"]} == {named(b"a\nb.txt"), named(b"\xff\xfe.txt")}
    assert seen["folder"] == str(texts)


def test_a_model_in_such_a_folder_is_used_and_exported(model: Path, tmp_path: Path) -> None:
    folder, target = tmp_path / named(b"\x1b[31m\nx"), tmp_path / named(b"to \xff.zip")
    folder.symlink_to(model, target_is_directory=True)
    done = writer("complete", "--json", "--length", "2", "--model", folder, text=TEXT)
    assert json.loads(done.stdout)["model"] == folder.name
    done = writer("models", "export", folder, target)
    assert done.returncode == 0
    assert done.stdout.endswith("\\x1b[31m\\nx is in " + f"{tmp_path}/to \\xff.zip\n")
    undecodable = tmp_path / named(b"\xff")
    undecodable.symlink_to(model, target_is_directory=True)
    done = writer("models", "export", undecodable, tmp_path / "b.zip")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


def test_models_with_such_names_are_listed_line_by_line(model: Path) -> None:
    for number, name in enumerate(NAMES):
        folder = paths.models_dir() / named(name)
        folder.symlink_to(model, target_is_directory=True)
        other = paths.models_dir() / f"other-{number}"
        other.mkdir()
        for file in model.iterdir():
            if file.is_file():
                (other / file.name).symlink_to(file)
        if name != b"\xff\xfe":
            odd = named(name)
            manifests.write(other, Manifest(other.name, odd, odd, licence=odd))
    listed = writer("models", "list").stdout
    for shown in NAMES.values():
        assert [line for line in listed.splitlines() if line.startswith(f"{shown} ")]
    assert re.search(r"a\\nb +a\\nb\n", listed)
    raw = json.loads(writer("models", "list", "--json").stdout)
    assert {named(name) for name in NAMES} <= {line["id"] for line in raw}
