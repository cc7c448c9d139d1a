"""What a training keeps on the disk: a folder of its own, from the wish to the last checkpoint.

A run that was stopped, killed or switched off lies here until it is resumed or discarded. Nothing of it is a
model: that is built elsewhere, and published at once.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout
from safetensors import SafetensorError

from writer.base import atomic_file, paths
from writer.base.errors import UserError
from writer.training.events import TrainingRequest
from writer.training.plan import Plan

log = logging.getLogger(__name__)

_REQUEST, _PLAN, _CHECKPOINT, _BEST, _LOCK = "wish.json", "plan.json", "last.ckpt", "best.safetensors", "lock"
_FITTED = "fitted"


class TrainingError(UserError):
    """A training cannot begin or go on; its text is one sentence that says what to do."""


class BusyError(TrainingError):
    """Another process works on the training; it must be left alone."""


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """One training. `checkpoint` and `best` (the weights that did best so far) may not be there yet."""

    path: Path

    @property
    def id(self) -> str:
        """What `--resume` takes."""
        return self.path.name

    @property
    def checkpoint(self) -> Path:
        """Where the training goes on."""
        return self.path / _CHECKPOINT

    @property
    def best(self) -> Path:
        """The learned weights that did best on held-out text."""
        return self.path / _BEST

    @property
    def candidate(self) -> Path:
        """The whole model before it is published."""
        return self.path / "candidate"

    def request(self) -> TrainingRequest:
        """What was asked for. Raises TrainingError where that cannot be read."""
        try:
            raw = json.loads((self.path / _REQUEST).read_text("utf-8"))
            return TrainingRequest(**{**raw, "excluded": tuple(raw["excluded"])})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise TrainingError(f"The training {self.id} cannot be read; start a new one.") from error

    def plan(self) -> Plan | None:
        """The plan, None where the run did not come so far."""
        try:
            return Plan.load((self.path / _PLAN).read_text("utf-8"))
        except (OSError, ValueError, TypeError):
            return None

    def save_plan(self, plan: Plan) -> None:
        """Write the plan down. Raises TrainingError."""
        write(self.path / _PLAN, lambda file: atomic_file.replace(file, plan.dump().encode()))

    @property
    def is_fitted(self) -> bool:
        """Whether the last step is behind; then `best` is what was learned."""
        return (self.path / _FITTED).exists()

    def mark_fitted(self) -> None:
        """The last step is behind. Raises TrainingError."""
        write(self.path / _FITTED, Path.touch)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """What is held while the run is worked on. Raises BusyError where another process has it."""
        lock = FileLock(self.path / _LOCK)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            raise BusyError(f"The training {self.id} is running already; wait for it or stop it.") from None
        try:
            yield
        finally:
            lock.release()

    def discard(self) -> None:
        """Delete everything that the run has kept. It is gone at once, however long the deleting takes."""
        gone = self.path.with_name(f".{self.id}.gone")
        with suppress(OSError):
            atomic_file.move(self.path, gone)
        for folder in (gone, self.path):
            shutil.rmtree(folder, ignore_errors=True)


class TrainingRuns:
    """All runs of this person, newest last."""

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory or paths.data_dir() / "training"

    def new(self, request: TrainingRequest) -> TrainingRun:
        """A run for `request`. Raises TrainingError where the disk says no."""
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        run = TrainingRun(self._directory / f"{request.personal}-{stamp}-{os.getpid()}")
        text = json.dumps(asdict(request), indent=2, ensure_ascii=False)

        def make(path: Path) -> None:
            path.mkdir(mode=paths.PRIVATE, parents=True)
            for gone in self._directory.glob(".*.gone"):
                shutil.rmtree(gone, ignore_errors=True)
            atomic_file.replace(path / _REQUEST, text.encode())

        try:
            write(run.path, make)
        except TrainingError:
            run.discard()
            raise
        return run

    def find(self, run_id: str) -> TrainingRun:
        """The run with this id. Raises TrainingError."""
        run = next((run for run in self.unfinished() if run.id == run_id), None)
        if run is None:
            known = ", ".join(run.id for run in self.unfinished()) or "none"
            raise TrainingError(
                f"There is no training “{run_id}” to resume (there are: {known}); start a new one."
            )
        return run

    def unfinished(self) -> tuple[TrainingRun, ...]:
        """The runs that can go on."""
        found = sorted(self._directory.glob(f"[!.]*/{_REQUEST}"), key=lambda file: file.stat().st_mtime)
        return tuple(TrainingRun(file.parent) for file in found)


def write(path: Path, how: Callable[[Path], object]) -> None:
    """Let `how` write to `path`. Raises TrainingError with a sentence where the disk says no."""
    try:
        how(path)
    except (OSError, SafetensorError) as error:
        raise disk_error(path, error) from error


def link_or_copy(source: str | Path, target: str | Path) -> None:
    """Let `target` hold what `source` does, without taking the space again where the disk can do that."""
    with suppress(OSError):
        os.link(source, target)
        return
    shutil.copy2(source, target)


def disk_error(path: Path, error: OSError | SafetensorError) -> TrainingError:
    """What is raised when `path` cannot be written; safetensors names the system's error in words alone."""
    if not isinstance(error, OSError):
        number = re.search(r"os error (\d+)", str(error))
        if number is None:
            raise error
        error = OSError(int(number[1]), os.strerror(int(number[1])))
    return TrainingError(str(atomic_file.disk_problem(path, error)))
