"""The settings file between real processes: several that write, and one that is killed while it does."""

from __future__ import annotations

import itertools
import subprocess
import sys
import tomllib
from functools import partial
from pathlib import Path

from tests.fakes.killed_work import KilledWork, needs_forks
from writer.settings.editor_schema import EDITOR_FONT_SIZE
from writer.settings.schema import MODEL_NAME, SUGGESTIONS_DELAY
from writer.settings.store import SettingsStore

ROOT = Path(__file__).parents[2]
WRITE = """
import sys
from pathlib import Path
from writer.settings.schema import SCHEMA
from writer.settings.store import SettingsStore

store = SettingsStore(Path(sys.argv[1]))
setting = SCHEMA.find(sys.argv[2])
for n in range(int(sys.argv[3])):
    store.set(setting, f"{n:0>4000}" if isinstance(setting.default, str) else 8 + n % 40)
    if not n:
        print("writing", flush=True)
"""


def writing(path: Path, key: str, times: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITE, str(path), key, str(times)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    return process


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    keys = [EDITOR_FONT_SIZE.key, SUGGESTIONS_DELAY.key, MODEL_NAME.key]
    children = [writing(path, key, 30) for key in keys]
    assert [child.communicate(timeout=60) and child.returncode for child in children] == [0, 0, 0]
    store = SettingsStore(path)
    assert store.get(EDITOR_FONT_SIZE) == 37
    assert store.get(SUGGESTIONS_DELAY) == 37
    assert store.get(MODEL_NAME) == f"{29:0>4000}"
    assert store.notices == []


def save_name(path: Path) -> None:
    SettingsStore(path).set(MODEL_NAME, "n" * 4000)


@needs_forks
def test_a_process_killed_while_it_writes_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    SettingsStore(path).set(EDITOR_FONT_SIZE, 33)
    names = set()
    with KilledWork(partial(save_name, path), tmp_path) as work:
        for _ in itertools.takewhile(work.run, itertools.count()):
            values = tomllib.loads(path.read_text("utf-8"))
            assert values["editor"] == {"font_size": 33}
            names.add(values.get("model", {}).get("name"))
            store = SettingsStore(path)
            store.set(SUGGESTIONS_DELAY, 50)
            assert store.notices == [], "the file is damaged, or the lock of the dead still held"
            assert [p.name for p in path.parent.glob("*bad*")] == []
            store.reset(MODEL_NAME)
    assert names == {None, "n" * 4000}
