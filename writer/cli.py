"""The command line: opens the window by default, or runs a command.

Results go to standard output, progress and errors to standard error. The exit status is 0 for success, 1
where a check failed or the command was stopped, 2 for invalid input, 130 after Ctrl+C.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from writer import __version__
from writer.base import garbage
from writer.base.errors import UserError, os_reason
from writer.base.printable import print_any_text, printable
from writer.base.process_end import end_at_once
from writer.commands import arguments, models, train

BAD_INPUT = 2
INTERRUPTED = 130
COMMANDS = ("gui", "complete", "alternatives", "evaluate", "train", "models", "spell", "extract", "tour")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    print_any_text(sys.stdout, sys.stderr)
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or (given[0] not in COMMANDS and given[0] not in ("-h", "--help", "--version")):
        given = ["gui", *given]
    try:
        options = parser().parse_args(given)
        run: Callable[[argparse.Namespace], int] = options.run
        status = run(options)
        if run is _complete and arguments is None:  # the whole process is there for this
            end_at_once(status)
        return status
    except UserError as error:
        print(f"writer: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


class _Parser(argparse.ArgumentParser):
    """A parser that takes options before, between and behind what they are for.

    Its messages can be printed, whatever the command line holds.
    """

    _intermixed = True

    def add_subparsers(self, **options: Any) -> Any:
        """The same, which argparse cannot intermix with options."""
        self._intermixed = False
        return super().add_subparsers(**options)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Parse a command's own arguments; behind "--" all are what they are for, in their order."""
        if not self._intermixed or "--" in args:
            return super().parse_known_args(args, namespace)
        self._intermixed = False  # argparse calls this method for each of its two passes
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._intermixed = True

    def error(self, message: str) -> NoReturn:
        """Print the message, and end the process."""
        super().error(printable(message))


def parser() -> argparse.ArgumentParser:
    """The parser of all commands and their options."""
    result = _Parser(
        prog="writer",
        description="A writing assistant whose model runs on your own machine.",
        epilog="Without a command, the window opens, with the texts that are named.",
    )
    result.add_argument("--version", action="version", version=f"writer {__version__}")
    commands = result.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_gui(commands.add_parser("gui", help="open the window (the default)"))
    _add_complete(commands.add_parser("complete", help="continue the text on standard input"))
    _add_alternatives(commands.add_parser("alternatives", help="which words fit at [MASK] in the text"))
    _add_evaluate(commands.add_parser("evaluate", help="measure the suggestions on texts of your own"))
    train.add_to(commands.add_parser("train", help="let a model learn from your own texts"))
    models.add_to(commands.add_parser("models", help="choose, get, import, share and remove models"))
    _add_spell(commands.add_parser("spell"))
    commands.add_parser("extract").set_defaults(run=_extract)
    _add_tour(commands.add_parser("tour", help="drive the real window through a paragraph, and report"))
    return result


def _add_gui(command: argparse.ArgumentParser) -> None:
    command.add_argument("files", nargs="*", type=arguments.path, metavar="FILE", help="texts to open")
    command.set_defaults(run=_gui)


def _gui(options: argparse.Namespace) -> int:
    from writer.app.desktop.qt_imports import import_without_features

    import_without_features()
    from writer.ui.main import run

    return run(options.files)


def _add_complete(command: argparse.ArgumentParser) -> None:
    _add_model(command)
    command.add_argument("--length", type=_positive, default=16, metavar="N", help="tokens, at the most (16)")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=_complete)


def _complete(options: argparse.Namespace) -> int:
    garbage.collect_after_start()
    from writer.commands import complete

    return complete.run(complete.CompleteOptions(options.model, options.device, options.length, options.json))


def _add_alternatives(command: argparse.ArgumentParser) -> None:
    _add_model(command)
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=_alternatives)


def _alternatives(options: argparse.Namespace) -> int:
    from writer.commands import alternatives

    return alternatives.run(alternatives.AlternativesOptions(options.model, options.device, options.json))


def _add_evaluate(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "paths",
        nargs="+",
        type=arguments.path,
        metavar="PATH",
        help="text files, or folders of them; with --against, A may stand before them",
    )
    command.add_argument(
        "--against",
        metavar="B",
        help="compare A with B on the same texts; each is a position of the setting (sure, careful, "
        "balanced, often, always), a model's name or folder, or both (MODEL:careful)",
    )
    _add_model(command)
    command.add_argument("--limit", type=_positive, metavar="N", help="characters to replay, at the most")
    command.add_argument(
        "--seed", type=int, default=0, metavar="N", help="which texts and places are drawn (0)"
    )
    command.add_argument(
        "--pace",
        type=arguments.path,
        metavar="SESSION",
        help="let answers arrive as they would at the keys of a recorded session: JSON lines with the "
        "milliseconds “t” of each, such as a session of CoAuthor",
    )
    command.add_argument("--json", action="store_true", help="print one JSON object on the last line")
    command.set_defaults(run=_evaluate)


def _evaluate(options: argparse.Namespace) -> int:
    if options.against is not None:
        from writer.commands import evaluate_against

        return evaluate_against.run(
            options.paths,
            options.against,
            model=options.model,
            device=options.device,
            limit=options.limit,
            seed=options.seed,
            pace=options.pace,
            as_json=options.json,
        )
    from writer.commands import evaluate

    return evaluate.run(
        options.paths,
        model=options.model,
        device=options.device,
        limit=options.limit,
        seed=options.seed,
        pace=options.pace,
        as_json=options.json,
    )


def _add_spell(command: argparse.ArgumentParser) -> None:
    """Add the command of the worker process that checks spelling for the window."""
    command.add_argument("language", help="a dictionary's name, such as en_US")
    command.add_argument("--folder", type=arguments.path, help="where it lies; without, it is the program's")
    command.set_defaults(run=_spell)


def _spell(options: argparse.Namespace) -> int:
    from writer.base import paths
    from writer.commands.workers import spell

    if options.folder is not None:
        return spell.run(options.language, options.folder, shipped=False)
    return spell.run(options.language, paths.resources_dir() / "dictionaries")


def _extract(_options: argparse.Namespace) -> int:
    from writer.commands.workers import extract

    return extract.run()


def _add_tour(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--screenshots", type=arguments.path, metavar="DIR", help="where a picture of each step goes"
    )
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=_tour)


def _tour(options: argparse.Namespace) -> int:
    from writer.app.desktop.qt_imports import import_without_features

    import_without_features()
    from writer.ui.tour import run

    if options.screenshots is not None:
        _make_folder(options.screenshots)
    return run(options.screenshots, options.json)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            "The folder {folder} cannot be made ({reason}); name another.",
            folder=folder,
            reason=os_reason(error),
        ) from error


def _add_model(command: argparse.ArgumentParser) -> None:
    command.add_argument("--model", metavar="NAME", help="a model's name, or its folder (the starter)")
    command.add_argument(
        "--device", choices=("auto", "cpu", "cuda", "mps"), default="auto", help="where it runs (auto)"
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("a whole number above 0 is needed")
    return number
