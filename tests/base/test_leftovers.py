"""What killed processes leave is deleted, and what is being written stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from writer.base import atomic_file, leftovers

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows deletes no open file or folder")

HOLDS = """
import sys, time
from pathlib import Path
from writer.base import atomic_file, leftovers
folder = Path(sys.argv[1])
file = folder / "settings.toml"
with atomic_file.replacing(file), atomic_file.replacing(file):
    with leftovers.temporary_folder(folder / "deep" / ".cache.part") as part:
        (part / "rows").write_text("x")
        print(flush=True)
        time.sleep(60)
"""


def parts(folder: Path) -> list[str]:
    return sorted(path.name.split(".")[1] for path in folder.rglob(".*.part"))


def test_only_what_nobody_writes_any_more_is_deleted(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "models").mkdir()
    for name in (".old.part", "deep/.older.part", "models/.model.part", "my.part", ".part.txt"):
        (tmp_path / name).write_text("x")
    command = [sys.executable, "-c", HOLDS, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        leftovers.drop_below(tmp_path, but={tmp_path / "models"})
        assert parts(tmp_path) == ["cache", "model", "settings", "settings"]
        writer.kill()
    leftovers.drop_below(tmp_path, but={tmp_path / "models"})
    assert parts(tmp_path) == ["model"]
    assert (tmp_path / "my.part").exists()
    assert (tmp_path / ".part.txt").exists()


def test_links_and_pipes_are_not_followed_nor_waited_for(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "text").write_text("x")
    folder = tmp_path / "ours"
    folder.mkdir()
    (folder / ".link.part").symlink_to(precious)
    os.mkfifo(folder / ".pipe.part")
    leftovers.drop_below(folder)
    assert (precious / "text").exists()


def test_a_folder_that_was_not_moved_is_deleted(tmp_path: Path) -> None:
    with leftovers.temporary_folder(tmp_path / ".new.part") as part:
        assert part.stat().st_mode & 0o777 == 0o700
    assert not part.exists()
    with leftovers.temporary_folder(tmp_path / ".new.part") as part:
        (part / "text").write_text("x")
        atomic_file.move(part, tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_what_a_killed_save_left_beside_a_text_goes(tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("whole")
    (tmp_path / ".text.txt.part").write_text("half")
    (tmp_path / ".other.txt.part").write_text("half")
    atomic_file.drop_leftover(text)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".other.txt.part", "text.txt"]
    atomic_file.drop_leftover(Path("a\0b"))
