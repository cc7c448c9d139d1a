"""`writer complete`: continues the text on standard input, as the window does."""

from __future__ import annotations

import json
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import islice

from writer.base.errors import UserError
from writer.engine import loading
from writer.engine.protocol import Engine, Parameters, Token
from writer.models import store
from writer.models.model_folder import ModelFolder
from writer.suggestions.context import Context, window_start
from writer.suggestions.reasons import SENTENCES, Reason
from writer.text.language import language_of


@dataclass(frozen=True, slots=True)
class CompleteOptions:
    """The options. `model` is a name or a folder; `length` counts tokens."""

    model: str | None = None
    device: str = "auto"
    length: int = 16
    as_json: bool = False


def run(options: CompleteOptions) -> int:
    """Print the continuation; returns the exit status. Raises UserError for invalid input."""
    started = time.perf_counter()
    text = read_text()
    models = store.installed_store()
    with _whole(models, models.find(options.model or store.DEFAULT_MODEL)) as model:
        _complete(model, text, options, started)
    return 0


def _whole(models: store.ModelStore, model: ModelFolder) -> AbstractContextManager[ModelFolder]:
    """See `whole_for_use`, which is imported where an adapter lacks its weights."""
    if model.weights:
        return nullcontext(model)
    from writer.models.adapters.whole_model import whole_for_use

    return whole_for_use(models, model)


def _complete(model: ModelFolder, text: str, options: CompleteOptions, started: float) -> None:
    """Load the model and print its continuation of the text."""
    engine = loading.load(model.path, options.device)
    loaded = time.perf_counter()
    tokens = _tokens(engine, text, options.length) if text.strip() else []
    if options.as_json:
        print(json.dumps(_report(engine, model.id, tokens, loaded - started), ensure_ascii=False))
    else:
        print(_text(tokens))
    engine.close()


def read_text() -> str:
    """The text on standard input. Raises UserError where it is not UTF-8."""
    try:
        text = sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError("The input is not text in UTF-8; convert it and try again.") from error
    return text.replace("\r\n", "\n")


def _tokens(engine: Engine, text: str, length: int) -> list[Token]:
    before = text[window_start(len(text)) :]
    context = Context(before, language=language_of(before))
    parameters = Parameters(max_tokens=length, by_words=True)
    return list(islice(engine.continue_text(context, parameters, lambda: False), length))


def _text(tokens: list[Token]) -> str:
    return b"".join(token.text for token in tokens).decode("utf-8", errors="ignore")


def _report(engine: Engine, model: str, tokens: list[Token], loading_s: float) -> dict[str, object]:
    stats = engine.stats
    reason = "" if tokens else SENTENCES[Reason.NOTHING if stats.context_tokens else Reason.EMPTY]
    return {
        "text": _text(tokens),
        "model": model,
        "device": engine.device,
        "tokens": [
            {
                "text": token.text.decode("utf-8", errors="replace"),
                "logprob": None if token.logprob is None else round(token.logprob, 4),
            }
            for token in tokens
        ],
        "load_ms": round(loading_s * 1e3, 1),
        "first_token_ms": round(stats.first_ms, 1),
        "total_ms": round(stats.total_ms, 1),
        "reason": reason,
    }
