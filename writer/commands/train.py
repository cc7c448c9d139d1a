"""`writer train`: trains a personal model on a folder of texts; prints text, or JSON lines for programs."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
import warnings
from functools import partial
from typing import TYPE_CHECKING, TextIO

from writer.base import paths
from writer.base.errors import UserError
from writer.base.printable import printable

if TYPE_CHECKING:
    from pathlib import Path

    from writer.training.control import TrainingControl
    from writer.training.distributed.ranks import Ranks
    from writer.training.events import Event, TrainingRequest
    from writer.training.run_folder import TrainingRun

STOPPED = 1
RUN = "WRITER_TRAINING_RUN"
"""The environment variable with the run's id, for the further processes that Lightning starts."""


def add_to(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument(
        "folder", nargs="?", type=paths.home_path, metavar="FOLDER", help="where your texts lie"
    )
    command.add_argument(
        "--base",
        default="",
        metavar="MODEL",
        help="a model's name, or its folder (that which writes the texts)",
    )
    command.add_argument(
        "--method", choices=("lora", "full", "qlora"), default="", help="which weights learn (by memory)"
    )
    command.add_argument("--name", default="personal", help="what the model is called (personal)")
    command.add_argument(
        "--exclude", action="append", default=[], metavar="PATTERN", help="files to leave out"
    )
    command.add_argument(
        "--weight",
        action="append",
        default=[],
        metavar="PATTERN=N",
        help="how often texts in a subfolder are read (1)",
    )
    command.add_argument(
        "--own-address", action="append", default=[], metavar="A", help="a mail address of yours (found)"
    )
    _add_plan(command)
    command.add_argument("--characters", type=int, default=6_000, metavar="N", help="of the proof (6000)")
    command.add_argument(
        "--proof", type=paths.home_path, metavar="PATH", help="texts to compare on (those held out)"
    )
    command.add_argument(
        "--resume",
        nargs="?",
        const="",
        metavar="RUN",
        help="go on with a training that was stopped (the latest)",
    )
    command.add_argument(
        "--preview", action="store_true", help="only tell what would be learned, and how long"
    )
    command.add_argument(
        "--list-others", action="store_true", help="with --preview: name the files that cannot be read"
    )
    command.add_argument(
        "--whole-home", action="store_true", help="learn from all of a home folder or disk, without asking"
    )
    command.add_argument("--json", action="store_true", help="print one JSON object a line")
    command.set_defaults(run=run)


def _add_plan(command: argparse.ArgumentParser) -> None:
    """Declare the options that choose how the steps are made, and on which devices."""
    command.add_argument("--max-steps", type=int, default=0, metavar="N", help="steps, at the most")
    command.add_argument(
        "--epochs", type=int, default=0, metavar="N", help="readings of all texts, at the most (3)"
    )
    command.add_argument("--rank", type=int, default=0, metavar="N", help="of LoRA's matrices (16)")
    command.add_argument(
        "--window", type=int, default=0, metavar="N", help="tokens read at a time (by device)"
    )
    command.add_argument(
        "--step-tokens", type=int, default=0, metavar="N", help="tokens read for a step (by device)"
    )
    command.add_argument(
        "--no-rehearsal", action="store_true", help="learn no text that the base writes by itself"
    )
    command.add_argument(
        "--rate", type=float, default=0.0, metavar="R", help="highest learning rate (by method)"
    )
    command.add_argument("--minutes", type=float, default=28.0, help="on a processor, with the proof (28)")
    command.add_argument(
        "--save-every", type=float, default=30.0, metavar="S", help="seconds of work between two savings (30)"
    )
    command.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto", help="(auto)")
    command.add_argument("--devices", default="1", metavar="N", help="how many of them (1)")
    command.add_argument("--num-nodes", type=int, default=1, metavar="N", help="how many machines (1)")
    command.add_argument(
        "--strategy", default="auto", metavar="S", help="ddp, fsdp or another of Lightning's"
    )
    command.add_argument("--seed", type=int, default=0, metavar="N", help="the order of the texts (0)")


def run(options: argparse.Namespace) -> int:
    """Train, preview or resume; returns the exit status. Raises UserError for invalid input."""
    keep_compiled_code_in_cache()
    silence_libraries()
    from writer.training.control import StoppedEarly, TrainingControl, standard_input
    from writer.training.distributed.ranks import find_ranks
    from writer.training.events import Stopped, TrainingFailed
    from writer.training.run_folder import BusyError, TrainingRuns

    if options.preview:
        return _preview(options)
    worker_run = os.environ.get(RUN, "")
    ranks = None if worker_run else find_ranks()
    if ranks is not None and ranks.rank > 0:
        return _help(ranks)
    on_event = (
        _NoOutput() if worker_run else _JsonOutput(sys.stdout) if options.json else _TextOutput(sys.stderr)
    )
    runs = TrainingRuns()
    training = (
        runs.find(worker_run or options.resume)
        if worker_run or options.resume is not None
        else runs.new(_request(options, ranks))
    )
    control = TrainingControl()
    restore = control.install_signal_handlers()
    if options.json and not worker_run and (stream := standard_input()):
        control.listen(stream)
    try:
        with ranks or contextlib.nullcontext():
            following = _train(training, control, on_event, bool(worker_run), ranks)
        while following is not None:
            training = following
            if ranks is not None:  # its other processes have ended
                on_event(Stopped(training.id, 0))
                return STOPPED
            following = _train(training, control, on_event, is_worker=False)
    except StoppedEarly as end:
        if end.cancelled and not worker_run:
            training.discard()
        on_event(Stopped("" if end.cancelled else training.id, end.step))
        return STOPPED
    except UserError as error:
        run_id = (
            training.id if worker_run or isinstance(error, BusyError) else _discard_unless_resumable(training)
        )
        on_event(TrainingFailed(error.sentence, run_id))
        raise
    finally:
        restore()
    return 0


def keep_compiled_code_in_cache() -> None:
    """Direct torch's compiled code to the cache folder. To be called before torch is imported."""
    for name in ("TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR"):
        if not os.environ.get(name):  # set but empty, it would be the current folder
            os.environ[name] = str(paths.cache_dir() / "compiled")


def silence_libraries() -> None:
    """Turn off the warnings and progress bars of the libraries. To be called before they are imported."""
    logging.getLogger("torch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore")
    os.environ |= {
        "TRANSFORMERS_VERBOSITY": "error",
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",  # transformers asks the hub's library
        "HF_HUB_OFFLINE": "1",  # bitsandbytes would ask the hub for kernels on some processors
    }


def _preview(options: argparse.Namespace) -> int:
    """Print the preview; returns 0 where a training can begin, else STOPPED. Raises UserError."""
    from writer.base.progress import Cancelled
    from writer.commands.train_output import preview_text
    from writer.models.store import installed_store
    from writer.settings.store import FILE_NAME, SettingsStore
    from writer.training.control import TrainingControl, standard_input
    from writer.training.events import Stopped, TrainingFailed
    from writer.training.preview import TrainingPreview

    os.umask(0o077)
    on_event = _JsonOutput(sys.stdout) if options.json else _TextOutput(sys.stderr)
    control = TrainingControl()
    restore = control.install_signal_handlers()
    if options.json and (stream := standard_input()):
        control.listen(stream)
    try:
        settings = SettingsStore(paths.config_dir() / FILE_NAME)
        request = _request(options)
        preview = TrainingPreview(request, installed_store(), settings, on_event, control.should_stop)
        previewed = preview.run()
    except Cancelled:
        on_event(Stopped("", 0))
        return STOPPED
    except UserError as error:
        on_event(TrainingFailed(error.sentence))
        raise
    finally:
        restore()
    if options.json:
        on_event(previewed)
    else:
        print(preview_text(previewed, options.list_others))
    return STOPPED if previewed.obstacle else 0


def _help(ranks: Ranks) -> int:
    """Take part in the steps of the training that the first process runs; returns the exit status."""
    from writer.training.control import StoppedEarly, TrainingControl
    from writer.training.run_folder import TrainingRuns

    control = TrainingControl()
    restore = control.install_signal_handlers()
    try:
        with ranks:
            if run := ranks.wait():
                _train(TrainingRuns().find(run), control, _NoOutput(), is_worker=True)
    except StoppedEarly:
        return STOPPED
    finally:
        restore()
    return 0


def _request(options: argparse.Namespace, ranks: Ranks | None = None) -> TrainingRequest:
    from writer.corpus.mixture import parse_weight
    from writer.training.events import TrainingRequest
    from writer.training.plan import require_valid
    from writer.training.quantised.four_bits import require_usable

    if options.folder is None:
        raise UserError("Name the folder that holds your texts, or with --resume a training to go on with.")
    if paths.holds_home(options.folder) and not options.whole_home:
        confirm_whole_home(options.folder, can_answer=not options.json and sys.stdin.isatty())
    request = TrainingRequest(
        folder=str(options.folder.absolute()),
        base=options.base,
        method=options.method,
        personal=options.name,
        device=options.device,
        max_steps=options.max_steps,
        rate=options.rate,
        rank=options.rank,
        epochs=options.epochs,
        window=options.window,
        step_tokens=options.step_tokens,
        minutes=options.minutes,
        save_every=options.save_every,
        devices=str(ranks.devices) if ranks else options.devices,
        num_nodes=ranks.nodes if ranks else options.num_nodes,
        strategy=options.strategy,
        characters=options.characters,
        proof=str(options.proof.absolute()) if options.proof else "",
        excluded=tuple(options.exclude),
        own_addresses=tuple(options.own_address),
        seed=options.seed,
        weights=tuple(map(parse_weight, options.weight)),
        rehearsal=not options.no_rehearsal,
    )
    require_valid(request)
    require_usable(request)
    return request


def confirm_whole_home(folder: Path, can_answer: bool) -> None:
    """Ask whether all of a home folder or disk shall be read. Raises UserError unless the answer is yes."""
    if can_answer:
        print(
            f"{printable(folder)} holds everything that is yours, not only texts.",
            "Learn from all of it? [y/N] ",
            end="",
            file=sys.stderr,
            flush=True,
        )
        if sys.stdin.readline().strip().lower() in ("y", "yes"):
            return
    raise UserError(
        "{folder} holds everything that is yours, so nothing was read; name the folder of your texts, or add "
        "--whole-home to learn from all of it.",
        folder=folder,
    )


def _train(
    training: TrainingRun,
    control: TrainingControl,
    on_event: _NoOutput,
    is_worker: bool,
    ranks: Ranks | None = None,
) -> TrainingRun | None:
    """Train, and return the run that follows, None where there is none."""
    from writer.models.store import installed_store
    from writer.settings.store import FILE_NAME, SettingsStore
    from writer.training.pipeline import TrainingPipeline

    os.umask(0o077)  # what is learned from a person's texts is theirs alone to read
    settings = SettingsStore(paths.config_dir() / FILE_NAME)
    on_fit = partial(ranks.call, training.id) if ranks else lambda: None
    pipeline = TrainingPipeline(training, installed_store(), settings, control, on_event, on_fit)
    if is_worker:
        pipeline.run_worker()
        return None
    with training.lock():
        os.environ[RUN] = training.id
        try:
            return pipeline.run()
        finally:
            del os.environ[RUN]


def _discard_unless_resumable(training: TrainingRun) -> str:
    """Discard a run without a checkpoint; returns the id of one that can be resumed, else ""."""
    if training.checkpoint.exists() or training.is_fitted:
        return training.id
    training.discard()
    return ""


class _NoOutput:
    """The output of a further process of a training: none."""

    def __call__(self, event: Event) -> None:
        """Ignore the event."""


class _JsonOutput(_NoOutput):
    """The output for programs: a line of JSON for each event."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, event: Event) -> None:
        """Print the event at once."""
        from writer.training.events import dump

        print(dump(event), file=self._stream, flush=True)


class _TextOutput(_NoOutput):
    """The output for people: a progress bar on a terminal, whole lines elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        from writer.commands.train_output import EventFormatter

        self._stream = stream
        self._formatter = EventFormatter()
        self._is_terminal = stream.isatty()

    def __call__(self, event: Event) -> None:
        """Print the event, where it has a text."""
        text, permanent = self._formatter.format(event)
        if not text:
            return
        if self._is_terminal:
            print("\r\033[K" + text, end="\n" if permanent else "", file=self._stream, flush=True)
        elif permanent:
            print(text, file=self._stream, flush=True)
