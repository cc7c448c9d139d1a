"""`writer train`: learns from a folder of texts, with a bar for people and JSON lines for programs."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, TextIO

from writer.base import paths
from writer.base.errors import UserError

if TYPE_CHECKING:
    from writer.training.control import TrainingControl
    from writer.training.events import Event, TrainingRequest
    from writer.training.run_folder import TrainingRun

STOPPED = 1
RUN = "WRITER_TRAINING_RUN"
"""Names the run to the processes that Lightning starts beside the first one."""


def add_to(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument(
        "folder", nargs="?", type=paths.home_path, metavar="FOLDER", help="where your texts lie"
    )
    command.add_argument(
        "--base", default="", metavar="MODEL", help="a model's name, or its folder (the starter)"
    )
    command.add_argument(
        "--method", choices=("lora", "full"), default="", help="which weights learn (by memory)"
    )
    command.add_argument("--name", default="personal", help="what the model is called (personal)")
    command.add_argument(
        "--exclude", action="append", default=[], metavar="PATTERN", help="files to leave out"
    )
    command.add_argument("--max-steps", type=int, default=0, metavar="N", help="steps, at the most")
    command.add_argument("--rate", type=float, default=0.0, metavar="R", help="highest learning rate")
    command.add_argument("--minutes", type=float, default=25.0, help="for the steps, on a processor (25)")
    command.add_argument(
        "--save-every", type=float, default=30.0, metavar="S", help="seconds of work between two savings (30)"
    )
    command.add_argument("--characters", type=int, default=6_000, metavar="N", help="of the proof (6000)")
    command.add_argument(
        "--proof", type=paths.home_path, metavar="PATH", help="texts to compare on (those held out)"
    )
    command.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto", help="(auto)")
    command.add_argument("--devices", default="1", metavar="N", help="how many of them (1)")
    command.add_argument("--num-nodes", type=int, default=1, metavar="N", help="how many machines (1)")
    command.add_argument(
        "--strategy", default="auto", metavar="S", help="ddp, fsdp or another of Lightning's"
    )
    command.add_argument("--seed", type=int, default=0, metavar="N", help="the order of the texts (0)")
    command.add_argument("--resume", default="", metavar="RUN", help="go on with a training that was stopped")
    command.add_argument(
        "--preview", action="store_true", help="only tell what would be learned, and how long"
    )
    command.add_argument("--json", action="store_true", help="print one JSON object a line")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Train. Raises UserError for what cannot be used."""
    keep_compiled_code_in_cache()
    from writer.training.control import StoppedEarly, TrainingControl, standard_input
    from writer.training.events import Stopped, TrainingFailed
    from writer.training.run_folder import BusyError, TrainingRuns

    if options.preview:
        return _preview(options)
    joined = os.environ.get(RUN, "")
    tell = _Silent() if joined else _Lines(sys.stdout) if options.json else _Bar(sys.stderr)
    runs = TrainingRuns()
    training = (
        runs.find(joined or options.resume) if joined or options.resume else runs.new(_request(options))
    )
    control = TrainingControl()
    restore = control.install_signal_handlers()
    if options.json and not joined and (words := standard_input()):
        control.listen(words)
    try:
        _go(training, control, tell, bool(joined))
    except StoppedEarly as end:
        if end.cancelled and not joined:
            training.discard()
        tell(Stopped("" if end.cancelled else training.id, end.step))
        return STOPPED
    except UserError as error:
        kept = training.id if joined or isinstance(error, BusyError) else _keep_or_discard(training)
        tell(TrainingFailed(error.sentence, kept))
        raise
    finally:
        restore()
    return 0


def keep_compiled_code_in_cache() -> None:
    """Let what torch compiles lie in the cache; said before torch comes, which makes a folder of its own."""
    for name in ("TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR"):
        if not os.environ.get(name):  # set but empty, it would be the current folder
            os.environ[name] = str(paths.cache_dir() / "compiled")


def _preview(options: argparse.Namespace) -> int:
    """Tell what would be learned; the exit status says whether a training may begin."""
    from writer.base.progress import Cancelled
    from writer.commands.train_output import preview
    from writer.models.store import installed_store
    from writer.training.control import TrainingControl, standard_input
    from writer.training.events import Stopped, TrainingFailed
    from writer.training.preview import TrainingPreview
    from writer.training.trainer import silence_libraries

    silence_libraries()
    os.umask(0o077)
    tell = _Lines(sys.stdout) if options.json else _Bar(sys.stderr)
    control = TrainingControl()
    restore = control.install_signal_handlers()
    if options.json and (stream := standard_input()):
        control.listen(stream)
    try:
        seen = TrainingPreview(_request(options), installed_store(), tell, control.should_stop).run()
    except Cancelled:
        tell(Stopped("", 0))
        return STOPPED
    except UserError as error:
        tell(TrainingFailed(error.sentence))
        raise
    finally:
        restore()
    if options.json:
        tell(seen)
    else:
        print(preview(seen))
    return STOPPED if seen.obstacle else 0


def _request(options: argparse.Namespace) -> TrainingRequest:
    from writer.training.events import TrainingRequest

    if options.folder is None:
        raise UserError("Name the folder that holds your texts, or with --resume a training to go on with.")
    return TrainingRequest(
        folder=str(options.folder.absolute()),
        base=options.base,
        method=options.method,
        personal=options.name,
        device=options.device,
        max_steps=options.max_steps,
        rate=options.rate,
        minutes=options.minutes,
        save_every=options.save_every,
        devices=options.devices,
        num_nodes=options.num_nodes,
        strategy=options.strategy,
        characters=options.characters,
        proof=str(options.proof.absolute()) if options.proof else "",
        excluded=tuple(options.exclude),
        seed=options.seed,
    )


def _go(training: TrainingRun, control: TrainingControl, tell: _Silent, joins: bool) -> None:
    from writer.models.store import installed_store
    from writer.settings.store import FILE_NAME, SettingsStore
    from writer.training.pipeline import TrainingPipeline
    from writer.training.trainer import silence_libraries

    silence_libraries()
    os.umask(0o077)  # what is learned from a person's texts is theirs alone to read
    settings = SettingsStore(paths.config_dir() / FILE_NAME)
    pipeline = TrainingPipeline(training, installed_store(), settings, control, tell)
    if joins:
        pipeline.run_worker()
        return
    with training.lock():
        os.environ[RUN] = training.id
        try:
            pipeline.run()
        finally:
            del os.environ[RUN]


def _keep_or_discard(training: TrainingRun) -> str:
    """Leave a run that can go on, forget one that has not begun; what `--resume` takes."""
    if training.checkpoint.exists() or training.is_fitted:
        return training.id
    training.discard()
    return ""


class _Silent:
    """Tells nobody."""

    def __call__(self, event: Event) -> None:
        """Hear of an event."""


class _Lines(_Silent):
    """A line of JSON for each event."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, event: Event) -> None:
        """Print it at once."""
        from writer.training.events import dump

        print(dump(event), file=self._stream, flush=True)


class _Bar(_Silent):
    """A bar on a terminal, whole lines elsewhere; the table of the proof on standard output."""

    def __init__(self, stream: TextIO) -> None:
        from writer.commands.train_output import EventFormatter

        self._stream = stream
        self._words = EventFormatter()
        self._lively = stream.isatty()

    def __call__(self, event: Event) -> None:
        """Show it."""
        text, lasts = self._words.of(event)
        if not text:
            return
        if self._lively:
            print("\r\033[K" + text, end="\n" if lasts else "", file=self._stream, flush=True)
        elif lasts:
            print(text, file=self._stream, flush=True)
