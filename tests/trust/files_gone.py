"""Files that disappear while they are open: what the next start shows, and what the disk still holds.

Every way in which a file can go is combined with every way in which the window can end. A cell is one such
combination: the file goes, the window ends, and the next start must show the text, say that it is unsaved and
offer to save it. Then the file comes back, or the text is saved again.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.trust.scorecard import Figure, Row
from tests.trust.window_process import WindowProcess, forking

TEXT = "The only copy of this text. "
OTHER = "The text of another file."
TYPED = "Typed and not saved. "

NOTICE_SECONDS = 0.1
"""How long a window may take to see what became of the file in front."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A way in which the text of a file goes, and how it comes back.

    `folder_stays`: a file can be written at its path afterwards. `asks`: saving must ask before it does.
    """

    name: str
    lose: Callable[[Path], None]
    restore: Callable[[Path], None]
    folder_stays: bool = True
    asks: bool = False


def _rename_folder(file: Path) -> None:
    file.parent.rename(_away(file))


def _rename_folder_back(file: Path) -> None:
    _away(file).rename(file.parent)


def _away(file: Path) -> Path:
    return file.parent.with_name("away")


def _unmount(file: Path) -> None:
    subprocess.run(["umount", file.parent], check=True, capture_output=True)


def _mount(file: Path) -> None:
    store = file.parent.with_name("store")
    subprocess.run(["mount", "--bind", store, file.parent], check=True, capture_output=True)


def _make_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _remove_folder(file: Path) -> None:
    file.rmdir()
    _write(file)


def _write(file: Path) -> None:
    file.write_text(TEXT)


LOSSES = (
    Loss("deleted", Path.unlink, _write),
    Loss("emptied", lambda file: os.truncate(file, 0), _write, asks=True),
    Loss(
        "moved",
        lambda file: file.rename(file.with_name("elsewhere.txt")),
        lambda file: file.with_name("elsewhere.txt").replace(file),
    ),
    Loss("folder renamed", _rename_folder, _rename_folder_back, folder_stays=False),
    Loss("unmounted", _unmount, _mount),
    Loss("folder in its place", _make_folder, _remove_folder, folder_stays=False),
)
ENDS = ("close", "quit", "terminate", "kill", "Ctrl+W, Cancel", "Ctrl+W, Save")
MOMENTS = ("noticed", "unnoticed", "after the end")
RETURNS = ("while it runs", "between two starts", "never")


@dataclass(frozen=True, slots=True)
class Cell:
    """A combination. The file goes while the window is there, "noticed" or "unnoticed", or "after the end".

    `behind`: another tab shows. `comes_back` says when the file does; where never, the text is saved again.
    """

    loss: Loss
    changed: bool
    moment: str
    end: str
    behind: bool
    comes_back: str

    @property
    def text(self) -> str:
        """The text that must not be lost."""
        return TYPED + TEXT if self.changed else TEXT

    def __str__(self) -> str:
        state = "changed" if self.changed else "clean"
        place = "behind" if self.behind else "in front"
        return f"{self.loss.name}, {state}, {place}, {self.moment}, {self.end}, back {self.comes_back}"

    @property
    def is_kept(self) -> bool:
        """Whether a journal has the text: not where it was saved, and the window ended properly."""
        return self.changed or self.moment != "after the end" or self.end == "kill"


class LostError(Exception):
    """A promise was broken in a cell; the message says which."""


def cells(chance: random.Random, can_mount: bool) -> list[Cell]:
    """All combinations of loss, state, notice and end; place and return are drawn."""
    losses = [loss for loss in LOSSES if can_mount or loss.lose is not _unmount]
    found = []
    for loss, changed, moment, end in itertools.product(losses, (False, True), MOMENTS, ENDS):
        behind = chance.random() < 0.5 and not end.startswith("Ctrl+W")
        if moment != "after the end" or not end.startswith("Ctrl+W"):
            found.append(Cell(loss, changed, moment, end, behind, chance.choice(RETURNS)))
    return found


def play(cell: Cell, folder: Path) -> None:
    """Play one cell in an empty folder. Raises LostError, TimeoutError, RuntimeError."""
    with _disk(cell.loss, folder / "disk") as disk:
        file, other = disk / "essay.txt", folder / "other.txt"
        file.write_text(TEXT)
        other.write_text(OTHER)
        if _lose(cell, folder, file, other):
            return
        if cell.moment == "after the end":
            cell.loss.lose(file)
        _return(cell, folder, file, other)
        _check_others(cell, folder)


@contextmanager
def _disk(loss: Loss, folder: Path) -> Iterator[Path]:
    """The folder of the file that goes; a mounted one where it is to be unmounted."""
    folder.mkdir()
    if loss.lose is not _unmount:
        yield folder
        return
    folder.with_name("store").mkdir()
    _mount(folder / "file")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=False, capture_output=True)


def _check_others(cell: Cell, folder: Path) -> None:
    """Raise LostError where another file changed, or the one that was moved away."""
    _require((folder / "other.txt").read_text() == OTHER, "another file was changed")
    moved = folder / "disk" / "elsewhere.txt"
    if cell.loss.name == "moved" and cell.comes_back == "never":
        _require(moved.read_text() == TEXT, "the moved file was changed")


def _lose(cell: Cell, folder: Path, file: Path, other: Path) -> bool:
    """The start in which the file goes; whether the text was saved again before the end."""
    files = [file, other] if cell.behind else [other, file]
    with WindowProcess(folder / "home", files) as window:
        window.until(lambda shown: len(shown.tabs) == 2 and shown.front.path == str(files[-1]))
        if cell.changed:
            _show(window, file)
            window.type(TYPED)
            _show(window, files[-1])
        window.rest(0.4)
        before = window.shown().tab(file)
        _require(before is not None and before.text == cell.text, "the typist failed")
        if cell.moment != "after the end":
            cell.loss.lose(file)
        if cell.moment == "noticed":
            _show(window, file)
            window.activate()
            window.until(lambda shown: shown.front.missing and shown.front.modified)
            _show(window, files[-1])
        return _end(cell, window, file)


def _end(cell: Cell, window: WindowProcess, file: Path) -> bool:
    if not cell.end.startswith("Ctrl+W"):
        getattr(window, cell.end)()
        return False
    window.press("Ctrl+W")
    window.answer(cell.end.partition(", ")[2], "Save the changes")
    if cell.end.endswith("Save"):
        if cell.loss.asks:
            window.answer("Replace")
        if cell.loss.folder_stays:
            window.until(lambda shown: shown.tab(file) is None)
            _require(file.read_text() == cell.text, "the tab was closed, and the file does not hold its text")
            window.close()
            return True
        window.answer("OK")
    window.rest(NOTICE_SECONDS)
    _require(window.shown().tab(file) is not None, "the tab was closed")
    window.kill()
    return False


def _return(cell: Cell, folder: Path, file: Path, other: Path) -> None:
    """The starts after the loss."""
    with WindowProcess(folder / "home") as window:
        if cell.is_kept:
            _check_lost(cell, window, file, other)
        else:
            _check_remembered(cell, window, file, other)
        if cell.comes_back == "never":
            if cell.is_kept:
                _save_again(cell, window, file)
            return
        if cell.comes_back == "while it runs" and cell.is_kept:
            cell.loss.restore(file)
            window.activate()
            _check_back(cell, window, file)
            window.quit()
            return
    cell.loss.restore(file)
    with WindowProcess(folder / "home") as window:
        _show(window, file)
        _check_back(cell, window, file)
        window.terminate()


def _check_lost(cell: Cell, window: WindowProcess, file: Path, other: Path) -> None:
    """The text is there, marked as unsaved, and the window offers to save it; nothing was written."""
    shown = window.shown()
    _require(len(shown.tabs) == 2, f"{len(shown.tabs)} tabs in place of 2")
    beside = shown.tab(other)
    _require(
        beside is not None and beside.text == OTHER and not beside.modified, "the other text is not back"
    )
    tab = shown.tab(file)
    _require(tab is not None and tab.text == cell.text, "the text is not back")
    _require(tab is not None and tab.modified, "the text is not marked as unsaved")
    _show(window, file)
    shown = window.until(lambda shown: shown.front.missing)
    _require("gone" in shown.front.title, f"the tab's title is {shown.front.title}")
    _require("gone" in shown.message, f"the message is {shown.message}")
    _require(not file.is_file() or not file.read_bytes(), "the file was written without a question")
    window.press("Ctrl+W")
    window.answer("Cancel", "Save the changes")
    window.until(lambda shown: not shown.buttons)


def _check_remembered(cell: Cell, window: WindowProcess, file: Path, other: Path) -> None:
    """A text that only its file has held is named, and its tab waits for the file."""
    shown = window.shown()
    beside = shown.tab(other)
    _require(beside is not None and beside.text == OTHER, "the other text is not back")
    if cell.loss.name != "emptied":
        _require(shown.tab(file) is None, "there is a tab without a file")
        _require(str(file) in shown.message, f"the message is {shown.message}")


def _check_back(cell: Cell, window: WindowProcess, file: Path) -> None:
    """The tab has its file again, and nothing was asked or destroyed."""
    shown = window.until(lambda shown: not shown.front.missing or shown.question)
    _require(not shown.question, f"it asks: {shown.question}")
    window.until(lambda shown: "gone" not in shown.front.title)
    window.rest(NOTICE_SECONDS)
    shown = window.until(lambda shown: shown.front.modified == cell.changed)
    _require(shown.front.text == cell.text, "the text is another one")
    _require(file.read_text() == TEXT, "the file was written without a question")
    window.type("X")
    window.press("Ctrl+S")
    window.until(lambda shown: not shown.front.modified or shown.question)
    _require(file.read_text().replace("X", "") == cell.text, "the file does not hold what was saved")


def _save_again(cell: Cell, window: WindowProcess, file: Path) -> None:
    """Ctrl+S saves where it can, and says so where it cannot."""
    window.press("Ctrl+S")
    if cell.loss.asks:
        window.answer("Replace")
    if not cell.loss.folder_stays:
        window.answer("OK")
        _require(window.shown().front.text == cell.text, "the text is gone from the window")
        return
    window.until(lambda shown: not shown.front.modified)
    _require(file.read_text() == cell.text, "the file does not hold what was saved")


def _show(window: WindowProcess, file: Path) -> None:
    """Bring the tab of a file to the front with keys."""
    for _ in range(2):
        if window.shown().front.path == str(file):
            return
        window.press("Ctrl+Tab")
    raise LostError(f"there is no tab of {file.name}")


def _require(holds: bool, problem: str) -> None:
    if not holds:
        raise LostError(problem)


def can_mount() -> bool:
    """Whether this process may mount folders."""
    with tempfile.TemporaryDirectory() as name:
        store, place = Path(name) / "store", Path(name) / "place"
        store.mkdir()
        place.mkdir()
        try:
            _mount(place / "file")
            _unmount(place / "file")
        except (OSError, subprocess.CalledProcessError):
            return False
        return True


def problem(cell: Cell) -> str:
    """What went wrong in a cell, "" where nothing did."""
    folder = Path(tempfile.mkdtemp(prefix="wt-"))
    try:
        play(cell, folder)
        errors = (folder / "home" / "stderr").read_text("utf-8", "replace")
        return "a traceback on standard error" if "Traceback" in errors else ""
    except (LostError, TimeoutError, RuntimeError) as error:
        return str(error)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def files_gone(seed: int, scale: float) -> Figure:
    """Play all cells, or a sample of them."""
    chance = random.Random(seed)
    every = cells(chance, can_mount())
    chosen = every if scale >= 1 else chance.sample(every, max(2, int(len(every) * scale)))
    with forking():
        return _figure([(cell, problem(cell)) for cell in chosen])


def _figure(played: Sequence[tuple[Cell, str]]) -> Figure:
    bad = [(cell, found) for cell, found in played if found]
    ways = Counter(cell.loss.name for cell, _ in played)
    text = f"{len(played)} ends ({len(ways)} kinds of loss), {len(bad)} bad"
    if bad:
        text += f", such as: {bad[0][0]}: {bad[0][1]}"
    return Figure(text, passed=not bad)


ROWS = (
    Row(
        "files-gone",
        "files deleted, emptied, moved, unmounted x clean or changed x when it is noticed x every end",
        "the text is back, unsaved, and finds its file again",
        files_gone,
        minutes=4,
    ),
)
