"""Trainings in processes of their own that are ended at a chosen moment, and what must be so afterwards.

The processes are forked from one that has loaded every library already, so that a hundred of them take
minutes; they are real ones, with folders and signals of their own, and run `writer train` from its first
line.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

from tests.training.sample_folders import events
from writer.training import events as job

LOADED = (
    "writer.cli",
    "writer.training.pipeline",
    "writer.engine.decoders.onnx_decoder",
    "datasets",
    "peft",
    "transformers.generation.utils",
    "transformers.models.gpt2.modeling_gpt2",
)
SECONDS = 240.0
"""How long a process may take before something must be wrong with it."""

PRECISION = "bf16-mixed"
"""That of all trainings whose weights are compared."""

_GLANCE = 0.0005


def server() -> ForkServerContext:
    """What starts processes with everything loaded; sums do not depend on threads, since there is one."""
    os.environ["OMP_NUM_THREADS"] = "1"
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(LOADED))
    return context


@dataclass
class Home:
    """A person's folders: all that a training keeps and makes lies below `path`."""

    path: Path
    words: Sequence[str]
    context: ForkServerContext
    count: int = field(default=0)

    @property
    def data(self) -> Path:
        """Where models and unfinished trainings lie."""
        return self.path / "data" / "writer"

    def run(self) -> Path | None:
        """The folder of the unfinished training."""
        found = [request.parent for request in self.data.glob("training/[!.]*/wish.json")]
        assert len(found) <= 1, found
        return found[0] if found else None

    def models(self) -> list[Path]:
        """The folders of the models that the program sees."""
        return sorted(self.data.glob("models/[!.]*/"))

    def start(self) -> Child:
        """Begin the training, or go on with the one that is there."""
        self.count += 1
        run, output = self.run(), self.path / f"{self.count}.jsonl"
        words = ["--resume", run.name] if run else list(self.words)
        process = self.context.Process(target=_train, args=(["train", *words, "--json"], self.path, output))
        process.start()
        return Child(process, output)


@dataclass
class Child:
    """One process that trains, and the file that its words go to."""

    process: ForkServerProcess
    output: Path

    def told(self) -> list[job.Event]:
        """What it has said so far; a line that a kill cut off does not count."""
        text = self.output.read_text("utf-8") if self.output.exists() else ""
        return events(text[: text.rfind("\n") + 1])

    def begins_behind(self, saved: int) -> bool:
        """Whether it went on where `saved` steps lay on the disk; a kill may have cut off the last word."""
        first = next((event.step for event in self.told() if isinstance(event, job.StepFinished)), saved + 1)
        return first in (saved + 1, saved + 2)

    def saved(self, before: int) -> int:
        """The last step that it said was on the disk; `before` where it said nothing."""
        return max([before, *(event.step for event in self.told() if isinstance(event, job.Saved))])

    def end(self, number: int) -> int:
        """Send it a signal; its exit status, negative where the signal ended it."""
        pid = self.process.pid
        assert pid is not None
        if self.process.is_alive():
            os.kill(pid, number)
        return self.wait()

    def wait(self) -> int:
        """Its exit status."""
        self.process.join(SECONDS)
        status = self.process.exitcode
        assert status is not None, "the training hangs"
        self.process.close()
        return status

    def until(self, holds: Callable[[], bool]) -> bool:
        """Whether it came to be so before the process ended by itself."""
        deadline = time.monotonic() + SECONDS
        while not holds():
            if not self.process.is_alive():
                return False
            assert time.monotonic() < deadline, "the training hangs"
            time.sleep(_GLANCE)
        return True


def writes(home: Home) -> Callable[[], bool]:
    """Whether a checkpoint is being written at this moment."""

    def holds() -> bool:
        run = home.run()
        return run is not None and (run / ".last.ckpt.part").exists()

    return holds


def kill_within_writing(home: Home, child: Child, chance: random.Random, seconds: float) -> bool:
    """Kill it inside the writing of a checkpoint, some time from now; whether it was inside."""
    time.sleep(chance.uniform(0, seconds))
    if child.until(writes(home)):
        time.sleep(chance.uniform(0, 0.004))
    child.end(signal.SIGKILL)
    return writes(home)()


def kill_anywhere(child: Child, chance: random.Random, seconds: float) -> int:
    """Kill it some time from now; its exit status."""
    time.sleep(chance.uniform(0, seconds))
    return child.end(signal.SIGKILL)


def hashes(folder: Path) -> dict[str, str]:
    """The hash of each file in a folder, but of what the engine keeps there."""
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.iterdir())
        if file.is_file()
    }


def weights(model: Path) -> str:
    """The hash of a model's weights."""
    return hashes(model)["model.safetensors"]


def _train(words: list[str], home: Path, output: Path) -> None:
    for name in ("DATA", "CONFIG", "CACHE", "STATE"):
        os.environ[f"XDG_{name}_HOME"] = str(home / name.lower())
    said = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(said, 1)
    complaints = os.open(output.with_suffix(".err"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(complaints, 2)
    from writer.cli import main
    from writer.training import precision

    precision.best_precision = lambda _device: PRECISION  # it is measured, which others' work may change
    sys.exit(main(words))
