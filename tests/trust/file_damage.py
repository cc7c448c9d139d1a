"""Damage to files of settings, session, statistics, own words, journals, models and trainings.

Each range of bytes of each file is damaged, and the real window is started on it with several texts: the
texts must return, a file that cannot be read must be named and kept byte for byte, and the log must hold
nothing that a person wrote.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.trust.damage import KINDS, mutate_range
from tests.trust.scorecard import Figure, Row
from tests.trust.window_process import Shown, WindowProcess, forking

RANGES = 12
"""Ranges of each file."""

CANARY = "kingfisher"
"""A word of every text, and of the list of own words, which no log may hold."""

CLEAN = f"A text that is saved, with a {CANARY}. "
TYPED = f"Typed behind it, not saved, {CANARY}. "
UNTITLED = f"A new text with a {CANARY} without a file. "
CHANGED = f"été {CANARY} 😀.txt"
TEXTS = [("", UNTITLED, True), ("clean.txt", CLEAN, False), (CHANGED, TYPED + CLEAN, True)]
"""Name, text, and whether it is unsaved."""

SETTINGS = """# A comment of the writer's.
[suggestions]
enabled = true

[editor]
font_size = 17
font = "sans"
spelling = "off"
line_width = 70

[language]
window = "en"

[model]
name = "small"
"""


@dataclass(frozen=True, slots=True)
class Target:
    """A file to be damaged, below the home folder.

    `parses`: whether content can be read. `set_aside`: the file is renamed where it cannot; else it stays as
    it is, and `page` of the settings shows `complaint`. `text` is the name of the text that a journal keeps,
    which alone may change, and then its journal's folder is set aside.
    """

    path: str
    parses: Callable[[bytes], object]
    set_aside: bool = True
    page: str = ""
    complaint: str = ""
    text: str | None = None


TARGETS = (
    Target("config/writer/settings.toml", lambda data: tomllib.loads(data.decode("utf-8-sig"))),
    Target("state/writer/session.json", json.loads),
    Target("state/writer/statistics.json", json.loads),
    Target("data/writer/models/small/manifest.json", json.loads, False, "model", "damaged"),
    Target("data/writer/models/small/config.json", json.loads, False, "model", "damaged"),
    Target("data/writer/training/small-personal/wish.json", json.loads, False, "personalise", ""),
    Target("data/writer/training/small-personal/plan.json", json.loads, False, "personalise", ""),
    Target("config/writer/dictionary.txt", lambda data: None, False),
)


class DamageError(Exception):
    """A promise was broken; the message says which."""


def prepare(folder: Path) -> None:
    """A home with three texts, of which two are not saved, and all that can be damaged."""
    home = folder / "home"
    _write_files(home)
    clean, changed = folder / "clean.txt", folder / CHANGED
    clean.write_text(CLEAN, "utf-8")
    changed.write_text(CLEAN, "utf-8")
    with WindowProcess(home, [clean, changed]) as window:
        window.until(lambda shown: len(shown.tabs) == 2)
        window.type(TYPED)
        window.press("Ctrl+N")
        window.type(UNTITLED)
        window.rest(0.3)
        window.quit()


def _write_files(home: Path) -> None:
    from tests.models.conftest import fill
    from writer.models import manifest as manifests
    from writer.models.manifest import Manifest
    from writer.training.events import TrainingRequest
    from writer.training.plan import Plan

    days = {f"2026-11-{day}": {"saved": day, "shown": 4, "accepted": 2, "waited": 5.5} for day in (27, 28)}
    model, run = home / "data/writer/models/small", home / "data/writer/training/small-personal"
    model.mkdir(parents=True)
    fill(model)
    names = sorted(path.name for path in model.iterdir())
    manifest = Manifest("small", "Small", licence="CC0-1.0", files=manifests.describe(model, names))
    manifests.write(model, manifest)
    request = TrainingRequest("/texts", "small", "lora", excluded=("drafts.md",), minutes=5.0, seed=3)
    contents = {
        "config/writer/settings.toml": SETTINGS,
        "config/writer/dictionary.txt": f"{CANARY}\nété\n",
        "state/writer/statistics.json": json.dumps(days),
        "data/writer/training/small-personal/wish.json": json.dumps(asdict(request), indent=2),
        "data/writer/training/small-personal/plan.json": Plan("lora", 64, 4, 1, 10, 1e-3, 2).dump(),
    }
    run.mkdir(parents=True)
    for name, text in contents.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, "utf-8")


def _journals(home: Path) -> list[Target]:
    """The files of all journals."""
    found = []
    for log in sorted(home.glob("data/writer/journals/*/*.log")):
        data = log.read_bytes()
        names = {"clean.txt": b"clean.txt", CHANGED: b"\\u00e9t\\u00e9", "": b'"path": ""'}
        text = next(name for name, mark in names.items() if mark in data)
        for file in (log, *log.parent.glob("*.text")):
            found.append(Target(str(file.relative_to(home)), lambda _data: None, text=text))
    return found


def mutations(data: bytes, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Damage of all kinds to ranges that together are the whole file, and cuts at their beginnings."""
    width = max(1, -(-len(data) // RANGES))
    for at in range(0, len(data), width):
        for kind in KINDS:
            yield f"{kind} {at}+{width}", mutate_range(data, at, width, kind, chance)
        yield f"cut at {at}", data[:at]
    yield "zeros", bytes(len(data))


def check(target: Target, folder: Path, data: bytes) -> None:
    """Start the window on damaged content, twice. Raises DamageError, TimeoutError, RuntimeError."""
    file = folder / "home" / target.path
    is_cut = file.read_bytes().startswith(data)
    file.write_bytes(data)
    with WindowProcess(folder / "home") as window:
        shown = window.shown()
        _check_texts(shown, folder, target.text)
        if target.text is None:
            _check_file(target, file, data, shown, window)
        elif not is_cut:  # which is how a process that is killed leaves it
            _check_journal(file, data, shown, folder)
        window.quit()
    with WindowProcess(folder / "home") as window:
        shown = window.shown()
        _check_texts(shown, folder, target.text)
        _require(not target.set_aside or "damaged" not in shown.message, f"it says again: {shown.message}")
        window.kill()
    _check_logs(folder / "home")


def _texts(shown: Shown) -> list[tuple[str, str, bool]]:
    return sorted((Path(tab.path).name, tab.text, tab.modified) for tab in shown.tabs)


def _check_texts(shown: Shown, folder: Path, but_for: str | None) -> None:
    """All texts are there; that of the name `but_for` may be another, or lie in several tabs."""
    found = _texts(shown)
    for text in TEXTS:
        _require(text in found or text[0] == but_for, f"the texts are {found}")
    _require(but_for is not None or len(found) == len(TEXTS), f"the texts are {found}")
    _require(not shown.question, f"it asks: {shown.question}")
    _require((folder / "clean.txt").read_text("utf-8") == CLEAN, "a text's file was changed")


def _check_file(target: Target, file: Path, data: bytes, shown: Shown, window: WindowProcess) -> None:
    """The damaged file is kept, and named where it cannot be read."""
    try:
        target.parses(data)
        readable = True
    except (ValueError, RecursionError):
        readable = False
    aside = list(file.parent.glob(f"{file.stem}.bad-*{file.suffix}"))
    if not target.set_aside:
        _require(file.is_file() and file.read_bytes() == data, "the file was changed")
        page = window.page(target.page) if target.page else ""
        _require(readable or target.complaint in page, f"the page {target.page} says nothing")
        return
    _require(readable or bool(aside), "a file that cannot be read was not set aside")
    for one in aside:
        _require(one.read_bytes() == data, "what was set aside is not what was there")
        _require(str(one) in shown.message, f"the message is {shown.message!r}")


def _check_journal(file: Path, data: bytes, shown: Shown, folder: Path) -> None:
    """The text is whole, or what is left of its journal is named and kept."""
    if _texts(shown) == TEXTS:
        return
    aside = file.parent.with_name(f"bad-{file.parent.name}")
    _require((aside / file.name).is_file(), "a damaged journal is not kept")
    _require((aside / file.name).read_bytes() == data, "a damaged journal was changed")
    _require(str(aside) in shown.message, f"the message is {shown.message!r}")


def _check_logs(home: Path) -> None:
    errors = (home / "stderr").read_text("utf-8", "replace")
    _require("Traceback" not in errors, "a traceback on standard error")
    for log in home.rglob("*.log"):
        if log.parent.parent.name == "journals":
            continue
        text = log.read_text("utf-8", "replace")
        _require(CANARY not in text, "the log holds a text")
        bad = [line for line in text.splitlines() if " CRITICAL " in line or " ERROR " in line]
        _require(not bad, f"the log says {bad[:1]}")


def _require(holds: bool, problem: str) -> None:
    if not holds:
        raise DamageError(problem)


def damaged(seed: int, scale: float) -> Figure:
    """Play all mutations of all files, or a sample of them."""
    chance = random.Random(seed)
    bad = []
    with forking(), tempfile.TemporaryDirectory(prefix="wt-") as name:
        whole = Path(name) / "whole"
        whole.mkdir()
        prepare(whole)
        every = [
            (target, what, data)
            for target in (*TARGETS, *_journals(whole / "home"))
            for what, data in mutations((whole / "home" / target.path).read_bytes(), chance)
        ]
        chosen = (
            every if scale >= 1 else chance.sample(every, max(len(TARGETS) // 4, int(len(every) * scale)))
        )
        for target, what, data in chosen:
            if found := problem(target, whole, data):
                bad.append(f"{target.path}, {what}: {found}")
    text = f"{len(chosen)} damaged files, {len(bad)} bad"
    return Figure(f"{text}, such as {bad[0]}" if bad else text, passed=not bad)


def problem(target: Target, whole: Path, data: bytes) -> str:
    """What goes wrong on a copy with this content, "" where nothing does.

    The copy takes the place of the folder, whose path is in session and journals.
    """
    spare = whole.with_name("spare")
    shutil.copytree(whole, spare, copy_function=_copy)
    try:
        check(target, whole, data)
    except (DamageError, TimeoutError, RuntimeError) as error:
        return str(error)
    finally:
        shutil.rmtree(whole)
        os.rename(spare, whole)
    return ""


def _copy(source: str, target: str) -> None:
    shutil.copy2(source, target)


ROWS = (
    Row(
        "file-damage",
        "flip, zero, junk, gone or cut over settings, session, statistics, words, journals, models and runs",
        "texts return, the file is named and kept, nothing private in the log",
        damaged,
        minutes=7,
    ),
)
