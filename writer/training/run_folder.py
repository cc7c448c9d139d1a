"""The run folder of a training: request, plan, texts, checkpoint, best weights and candidate.

A run that was stopped or killed stays here until it is resumed or discarded. The store has no part of it
before it is published.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout
from safetensors import SafetensorError

from writer.base import atomic_file, paths
from writer.base.errors import Sentence, UserError
from writer.base.typed_data import DamagedError, read_json_file
from writer.training.events import TrainingRequest
from writer.training.plan import Plan

log = logging.getLogger(__name__)

_REQUEST, _PLAN, _CHECKPOINT, _BEST, _LOCK = "wish.json", "plan.json", "last.ckpt", "best.safetensors", "lock"
_FITTED = "fitted"
_LIMIT = 1 << 20
"""Bytes of a request or a plan."""


class TrainingError(UserError):
    """A training cannot begin or continue; its text is one sentence that says what to do."""


class BusyError(TrainingError):
    """Another process holds the run's lock."""


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """The folder of one training; `checkpoint`, `best` and `candidate` may not exist yet."""

    path: Path

    @property
    def id(self) -> str:
        """The folder's name, which `--resume` takes."""
        return self.path.name

    @property
    def checkpoint(self) -> Path:
        """Lightning's last checkpoint, from which the training is resumed."""
        return self.path / _CHECKPOINT

    @property
    def best(self) -> Path:
        """The trainable weights with the lowest held-out loss so far, as safetensors."""
        return self.path / _BEST

    @property
    def candidate(self) -> Path:
        """The folder of the finished model before it is published."""
        return self.path / "candidate"

    @property
    def is_made(self) -> bool:
        """Whether the folder holds a request, which is written last."""
        return (self.path / _REQUEST).exists()

    def request(self) -> TrainingRequest:
        """The request of the run. Raises TrainingError where it cannot be read."""
        try:
            request = read_json_file(self.path / _REQUEST, TrainingRequest, _LIMIT)
            bases = "".join(choice.base for choice in request.later)
            if not paths.can_be_path(request.folder + request.proof + request.base + bases):
                raise DamagedError("no path")
            return request
        except (OSError, DamagedError) as error:
            raise TrainingError("The training {run} cannot be read; start a new one.", run=self.id) from error

    def save_request(self, request: TrainingRequest) -> None:
        """Save the request in place of another one. Raises TrainingError."""
        write(self.path / _REQUEST, lambda file: atomic_file.replace(file, _dump(request)))

    def plan(self) -> Plan | None:
        """The plan; None where it is missing or damaged."""
        try:
            return read_json_file(self.path / _PLAN, Plan, _LIMIT)
        except FileNotFoundError:
            return None
        except (OSError, DamagedError) as error:
            log.warning("the plan of a training is damaged and made again: %s", type(error).__name__)
            return None

    def save_plan(self, plan: Plan) -> None:
        """Save the plan. Raises TrainingError."""
        write(self.path / _PLAN, lambda file: atomic_file.replace(file, plan.dump().encode()))

    @property
    def is_fitted(self) -> bool:
        """Whether the last step is done; then `best` is final."""
        return (self.path / _FITTED).exists()

    def mark_fitted(self) -> None:
        """Record that the last step is done. Raises TrainingError."""
        write(self.path / _FITTED, Path.touch)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """The lock between processes, held while the run is worked on. Raises BusyError where it is taken."""
        lock = FileLock(self.path / _LOCK)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            raise BusyError(
                "The training {run} is running already; wait for it or stop it.", run=self.id
            ) from None
        try:
            yield
        finally:
            lock.release()

    def discard(self) -> None:
        """Delete the run. It is renamed first, so that it is not found while it is being deleted."""
        gone = self.path.with_name(f".{self.id}.gone")
        with suppress(OSError):
            atomic_file.move(self.path, gone)
        for folder in (gone, self.path):
            shutil.rmtree(folder, ignore_errors=True)


def still_running() -> BusyError:
    """The error for deleting what a running training needs."""
    return BusyError("A training is running and needs this; stop it, or wait until it has ended.")


def training_folder() -> Path:
    """The folder of this user's runs."""
    return paths.data_dir() / "training"


class TrainingRuns:
    """The runs of this user, in `directory` or the program's data folder."""

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory or training_folder()

    def new(self, request: TrainingRequest) -> TrainingRun:
        """Make the folder of a run for `request`. Raises TrainingError."""
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        return self._make(f"{request.personal}-{stamp}-{os.getpid()}", request)

    def follow(self, run: TrainingRun) -> TrainingRun | None:
        """The run of the training that follows `run`, which forgets it; None where there is none.

        It has the same id where a killed process made it before. Raises TrainingError.
        """
        request = run.request()
        if not request.later:
            return None
        choice, *later = request.later
        following = TrainingRun(self._directory / f"{run.id}-{len(later) + 1}")
        if not following.is_made:
            following.discard()
            next_request = replace(request, base=choice.base, languages=choice.languages, later=tuple(later))
            self._make(following.id, next_request)
        run.save_request(replace(request, later=()))
        return following

    def _make(self, run_id: str, request: TrainingRequest) -> TrainingRun:
        run = TrainingRun(self._directory / run_id)

        def make(path: Path) -> None:
            path.mkdir(mode=paths.PRIVATE, parents=True)
            for gone in self._directory.glob(".*.gone"):
                shutil.rmtree(gone, ignore_errors=True)
            atomic_file.replace(path / _REQUEST, _dump(request))

        try:
            write(run.path, make)
        except TrainingError:
            run.discard()
            raise
        return run

    def find(self, run_id: str) -> TrainingRun:
        """The unfinished run with this id, the newest where it is "". Raises TrainingError."""
        run = next((run for run in reversed(self.unfinished()) if run_id in ("", run.id)), None)
        if run is None and not run_id:
            raise TrainingError("There is no training to resume; start a new one.")
        if run is None:
            known = ", ".join(run.id for run in self.unfinished()) or Sentence("none")
            raise TrainingError(
                "There is no training “{run}” to resume (there are: {known}); start a new one.",
                run=run_id,
                known=known,
            )
        return run

    def require_idle(self) -> None:
        """Raise BusyError where a process works on one of the runs."""
        for folder in self._directory.glob("[!.]*/"):
            try:
                with TrainingRun(folder).lock():
                    pass
            except BusyError:
                raise still_running() from None

    def clear(self) -> None:
        """Delete all runs, also partly deleted ones. Raises BusyError before deleting any, and OSError."""
        self.require_idle()
        for folder in self._directory.glob("[!.]*/"):
            TrainingRun(folder).discard()
        if self._directory.exists():
            shutil.rmtree(self._directory)

    def unfinished(self) -> tuple[TrainingRun, ...]:
        """The runs that can be resumed, newest last."""
        found = sorted(self._directory.glob(f"[!.]*/{_REQUEST}"), key=_modified)
        return tuple(TrainingRun(file.parent) for file in found)


def _dump(request: TrainingRequest) -> bytes:
    """The request as JSON; bytes of a path that are no text as escapes."""
    text = json.dumps(asdict(request), indent=2, ensure_ascii=False)
    return text.encode(errors="backslashreplace")


def _modified(file: Path) -> float:
    """The time of a file; 0 where it is gone, or a link to nothing."""
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def write(path: Path, how: Callable[[Path], object]) -> None:
    """Call `how(path)`, which writes there. Raises TrainingError in place of the disk's errors."""
    try:
        how(path)
    except (OSError, SafetensorError) as error:
        raise disk_error(path, error) from error


def link_or_copy(source: str | Path, target: str | Path) -> None:
    """Make `target` a hard link to the file `source`; a copy where the disk has no links. Raises OSError."""
    with suppress(OSError):
        os.link(source, target)
        return
    shutil.copy2(source, target)


def disk_error(path: Path, error: OSError | SafetensorError) -> TrainingError:
    """The error for a `path` that cannot be written; safetensors gives the system's error only as text."""
    if not isinstance(error, OSError):
        number = re.search(r"os error (\d+)", str(error))
        if number is None:
            raise error
        error = OSError(int(number[1]), os.strerror(int(number[1])))
    return TrainingError(atomic_file.disk_problem(path, error))
