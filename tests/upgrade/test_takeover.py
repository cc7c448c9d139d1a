"""A later version takes over everything that an older one has left in a person's home folder.

`home_1.tar.xz` was left by version 0.1.0 (commit 26011ab) itself, on Linux. Its window was worked with keys
and ended by SIGKILL while two texts had never been saved and a third had unsaved changes. The models and
their graphs came from `writer models import`, `writer train` and `writer models measure`; one more `writer
train` was ended by SIGTERM in step 90. The model has two layers of 32 and learned from made-up sentences.
`home.py` unpacks it.

The program is driven from outside, by its commands, its files and Qt; only `SETTINGS` names parts of it. A
version that makes other graphs from the same model builds them anew; then `Home.derived` changes rightly.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.upgrade.home import unpack

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60.0

SETTINGS = """
import json, sys
from pathlib import Path
from writer.settings.schema import SCHEMA
from writer.settings.store import FILE_NAME, SettingsStore
store = SettingsStore(Path(sys.argv[1]) / FILE_NAME)
assert not store.notices, store.notices
print(json.dumps({setting.key: store.get(setting) for setting in SCHEMA.settings}))
"""

CHOSEN = {
    "suggestions.level": "always",
    "suggestions.length": 24,
    "suggestions.safety": False,
    "model.name": "personal-1",
    "model.device": "cpu",
    "engine.threads": 2,
    "engine.battery": False,
    "hub.endpoint": "https://mirror.example",
    "personalise.folder": "@HOME@/documents/essays",
    "personalise.excluded": ["drafts.md", "secret.txt"],
    "personalise.method": "full",
    "server.enabled": False,
    "server.address": "http://team.example:8000/v1",
    "server.trusted": ["team.example", "192.168.0.7"],
    "editor.font_size": 17,
    "editor.spelling": "en_GB",
    "editor.goal": 700,
    "appearance.theme": "dark",
    "language.window": "zh",
}
LISTS = ("personalise.excluded", "server.trusted")
"""These were texts with spaces between their parts; a later version may have lists."""

NOTES, UNSAVED_CHINESE, LETTER, UNSAVED_ENGLISH, ESSAY = range(5)
TEXTS = [
    "# Notes\n\nA book has a beginning, a middle and an end.\n\n- one\n- two\n",
    "这段文字从未保存。𠮷野家的“😀”也在这里。\n第二行",
    "🙂 Good morning,\nthis was saved first.\nA second line was saved too.\n"
    "This one was not: 😀 and 𠀀𪚥, right. ",
    "Ghostline and zyzzogeton are my words, mispeling is not.\n\nThe quick brown fox jumps over",
    "今天天气很好，我们去公园散步。\n我喜欢吃苹果，也喜欢喝茶。\n",
]
NAMES = ["notes.md", "• 未命名", "• letter.txt", "• 未命名", "随笔.txt"]
FILES = ["notes.md", "", "letter.txt", "", "随笔.txt"]

STOPPED, STEPS, ENDS = 90, 240, 160
"""Where the training stopped, what it planned, and where it ends, as it does no better than in step 40."""

LOSS_AT_STOP, LOSS_AT_START = 2.0, 3.2


class Home:
    """The older version's folders, and the program in them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.data, self.config, self.cache, self.state = (
            path / name / "writer" for name in ("data", "config", "cache", "state")
        )
        self.environment = {**os.environ, "OMP_NUM_THREADS": "1", "QT_QPA_PLATFORM": "offscreen"}
        for name in ("DATA", "CONFIG", "CACHE", "STATE"):
            self.environment[f"XDG_{name}_HOME"] = str(path / name.lower())

    def run(self, *command: str | Path, text: str = "") -> str:
        """The standard output of Python with these arguments, which must succeed."""
        done = subprocess.run(
            [sys.executable, *map(str, command)],
            cwd=ROOT,
            env=self.environment,
            input=text,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def writer(self, *command: str | Path, text: str = "") -> Any:
        """What a command answers in JSON, or its lines where there are several."""
        output = self.run("-m", "writer", *command, "--json", text=text)
        return (
            [json.loads(line) for line in output.splitlines()]
            if command[0] == "train"
            else json.loads(output)
        )

    def settings(self) -> dict[str, Any]:
        """The values that hold."""
        values = json.loads(self.run("-c", SETTINGS, self.config))
        return values | {key: _parts(values[key]) for key in LISTS}

    def models(self) -> dict[str, Any]:
        """The lines about the models that are here, by name."""
        return {line["id"]: line for line in self.writer("models", "list") if line["state"] == "here"}

    def statistics(self) -> dict[str, dict[str, float]]:
        """The numbers of each day."""
        return json.loads((self.state / "statistics.json").read_text("utf-8"))

    def derived(self) -> dict[str, tuple[int, int]]:
        """Which file each graph made from a model is, and when it was written; not when it was checked."""
        files = [file for file in self.data.glob("models/[!.]*/*/**/*") if file.is_file()]
        made = ("pieces-", "merges-", "checked.json")
        graphs = [file for file in files if not file.name.startswith(made)]
        return {str(file): (file.stat().st_ino, file.stat().st_mtime_ns) for file in graphs}

    def tables(self) -> list[Path]:
        """The tables of the tokens of models, which this version makes anew where it reads other facts."""
        return list(self.data.glob("models/[!.]*/*/pieces-*.npz"))


def _parts(value: str | list[str]) -> list[str]:
    return value.split() if isinstance(value, str) else list(value)


class Window:
    """The real window in a process of its own; see `window_probe`."""

    def __init__(self, home: Home) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.upgrade.window_probe"],
            cwd=ROOT,
            env=home.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, verb: str, argument: str | int = "") -> dict[str, Any]:
        """Do something; what the window shows then."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([verb, argument]) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def until(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until something holds of what the window shows."""
        end = time.monotonic() + SECONDS
        while not holds(seen := self.do("look")):
            assert time.monotonic() < end, seen
            time.sleep(0.05)
        return seen

    def end(self) -> int:
        """Let the system end it; its exit status."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(SECONDS)

    def close(self) -> None:
        """Be sure that it is gone."""
        with self._process:
            self._process.kill()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    unpack(Path(__file__).with_name("home_1.tar.xz"), tmp_path / "home")
    return Home((tmp_path / "home").resolve())


@pytest.fixture
def window(home: Home) -> Iterator[Window]:
    window = Window(home)
    yield window
    window.close()


def test_the_window_shows_what_was_there(home, window):
    texts, derived = home.path / "documents/texts", home.derived()
    (yesterday,) = home.statistics()
    numbers = home.statistics()[yesterday]

    window.until(lambda seen: (seen["tabs"], seen["current"]) == (NAMES, LETTER))
    seen = window.do("read")
    assert seen["texts"] == TEXTS
    assert seen["files"] == [str(texts / name) if name else "" for name in FILES]
    assert seen["cursor"] == len(TEXTS[LETTER].encode("utf-16-le")) // 2
    assert not seen["asks"]

    assert (seen["dark"], seen["size"]) == (True, CHOSEN["editor.font_size"])
    assert seen["labels"]["file.save"].startswith("保存")
    assert seen["keys"]["edit.find"] == ["Ctrl+Shift+L", "Ctrl+Alt+L"]
    assert seen["keys"]["help.keys"] == []
    assert seen["keys"]["edit.redo"] == ["Ctrl+Shift+Z", "Ctrl+Y"]
    assert "suggest.here" not in window.do("show", ESSAY)["checked"]
    assert "suggest.here" in window.do("show", NOTES)["checked"]
    assert [text for text in window.do("menus")["entries"] if "closed.txt" in text]

    _save_what_came_back(window, texts)
    window.do("show", UNSAVED_ENGLISH)
    window.do("press", "Ctrl+Home")
    window.do("press", "F7")
    window.until(lambda seen: seen["selected"] == "mispeling")  # the words before it are in the dictionary

    window.do("press", "Esc")

    window.do("press", "Ctrl+End")
    window.do("press", "Ctrl+Space")
    window.until(lambda seen: "suggest.accept" in seen["enabled"])
    assert window.do("press", "Ctrl+Right")["text"] == TEXTS[UNSAVED_ENGLISH] + " the"
    window.do("trigger", "view.larger")

    assert window.end() == 0
    log = (home.state / "log/writer.log").read_text("utf-8")
    assert not [line for line in log.splitlines() if " ERROR " in line or " CRITICAL " in line]
    assert numbers.items() <= home.statistics()[yesterday].items()
    assert sum(day["accepted"] for day in home.statistics().values()) == numbers["accepted"] + 1
    assert home.derived() == derived
    assert len(home.tables()) == len({table.parent for table in home.tables()})
    settings = (home.config / "settings.toml").read_text("utf-8")
    assert settings.startswith("# My own note: keep this line.\n")
    assert home.settings()["editor.font_size"] == CHOSEN["editor.font_size"] + 1


def _save_what_came_back(window: Window, texts: Path) -> None:
    """Into the files that they belong to, in the form that those had."""
    before = (texts / "letter.txt").read_bytes()
    assert before == b"Good morning,\r\nthis was saved first.\r\nA second line was saved too.\r\n"
    window.do("show", LETTER)
    window.do("press", "Ctrl+S")
    window.until(lambda seen: not seen["modified"])
    assert (texts / "letter.txt").read_bytes() == TEXTS[LETTER].replace("\n", "\r\n").encode()
    window.do("show", ESSAY)
    window.do("press", "Ctrl+End")
    window.do("type", "再见。")
    window.do("press", "Ctrl+S")
    window.until(lambda seen: not seen["modified"])
    assert (texts / "随笔.txt").read_bytes() == (TEXTS[ESSAY] + "再见。").encode("gb18030")


def test_settings_have_the_values_that_they_had(home):
    wanted = CHOSEN | {"personalise.folder": str(home.path / "documents/essays")}
    values = home.settings()
    assert {key: values[key] for key in wanted} == wanted


def test_the_personal_model_writes_with_the_graphs_that_are_there(home):
    derived = home.derived()
    assert {Path(file).name for file in derived} >= {
        "decoder.onnx",
        "reading.onnx",
    }
    models = home.models()
    assert list(models) == ["personal-1", "small-gpt2"]
    assert models["personal-1"]["base"] == "small-gpt2"
    assert "en" in models["personal-1"]["used"]
    assert models["personal-1"]["measured"].keys() == {"first_ms", "token_ms", "load_ms"}
    answer = home.writer("complete", "--model", "personal-1", "--device", "cpu", text="The quick brown fox")
    assert answer["text"].startswith(" jumps over the ")
    assert home.derived() == derived


@pytest.mark.slow
def test_the_unfinished_training_goes_on_where_it_stopped_and_is_published(home):
    """All of it is there: its texts, its plan, what it had learned, and how well it did when it did best."""
    (run,) = (wish.parent for wish in home.data.glob("training/[!.]*/wish.json"))
    told = home.writer("train", "--resume", run.name)
    stages = {event["stage"] for event in told if event["event"] == "stage"}
    assert not stages & {"scanning", "reading", "cleaning", "packing", "measuring"}
    (planned,) = _events(told, "planned")
    assert (planned["steps"], planned["method"], planned["window"]) == (STEPS, "lora", 128)
    steps = _events(told, "step")
    assert [step["step"] for step in steps] == list(range(STOPPED + 1, ENDS + 1))
    assert steps[0]["loss"] == pytest.approx(LOSS_AT_STOP, abs=(LOSS_AT_START - LOSS_AT_STOP) / 3)
    looks = _events(told, "validated")
    assert [(look["step"], look["best"]) for look in looks] == [(120, False), (160, False)]
    (published,) = _events(told, "published")
    assert published["model"] == "personal-2"
    assert not run.exists()
    model = home.models()["personal-2"]
    assert model["base"] == "small-gpt2"
    record = json.loads((home.data / "models/personal-2/training.json").read_text("utf-8"))
    assert record["run"] == run.name


def test_what_was_read_of_a_folder_is_read_once_more_and_not_again(home):
    """The readers give other texts than those of that version; what was learned is known still."""
    folders = home.cache / "corpus"

    def texts() -> dict[Path, int]:
        return {file: file.stat().st_ino for file in folders.rglob("*.*.*.json")}

    before = texts()
    base, essays = "small-gpt2", home.path / "documents/essays"
    command = ["train", essays, "--preview", "--base", base, "--device", "cpu", "--exclude", "drafts.md"]
    after = []
    for _ in range(2):
        (seen,) = _events(home.writer(*command, "--exclude", "secret.txt"), "previewed")
        assert seen["changes"] == {"new": 0, "changed": 0, "gone": 0}
        assert seen["kinds"] == {"txt": 6, "md": 1}
        after.append(texts())
    assert after[0] == after[1]
    read = {file.parent for file in after[0].keys() - before.keys()}
    assert read
    assert not [file for file in after[0].keys() & before.keys() if file.parent in read]


def _events(told: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [event for event in told if event["event"] == name]
