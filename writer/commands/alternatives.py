"""`writer alternatives`: the words that fit at [MASK] in the text on standard input."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass

from writer.commands.complete import read_text
from writer.engine import loading
from writer.models import selection, store
from writer.models.adapters.whole_model import whole_for_use
from writer.models.inventory import installed
from writer.models.model_folder import ModelFolder
from writer.suggestions.alternatives import ranked
from writer.suggestions.gap import Gap, parse_gap


@dataclass(frozen=True, slots=True)
class AlternativesOptions:
    """The options. `model` is a name or a folder."""

    model: str | None = None
    device: str = "auto"
    as_json: bool = False


def run(options: AlternativesOptions) -> int:
    """Print the words, likeliest first; returns the exit status. Raises UserError for invalid input."""
    gap = parse_gap(read_text())
    models = store.installed_store()
    with whole_for_use(models, models.find(options.model or _model_for(gap))) as model:
        _print_alternatives(model, gap, options)
    return 0


def _print_alternatives(model: ModelFolder, gap: Gap, options: AlternativesOptions) -> None:
    """Load the model and print the words that it finds for the gap."""
    infill_model = loading.load_infill_model(model.path, options.device)
    started = time.perf_counter()
    words = ranked(infill_model.alternatives(gap, None, lambda: False), gap)
    infill_model.close()
    probabilities = [(word.text, math.exp(word.logprob)) for word in words]
    if options.as_json:
        report = {
            "alternatives": [
                {"text": text, "share": round(probability, 4)} for text, probability in probabilities
            ],
            "language": gap.language,
            "model": model.id,
            "total_ms": round((time.perf_counter() - started) * 1e3, 1),
        }
        print(json.dumps(report, ensure_ascii=False))
    else:
        for text, probability in probabilities:
            print(f"{probability:6.1%}  {text}")


def _model_for(gap: Gap) -> str:
    """The id of the masked model for the gap's language, else of the causal one, without the settings."""
    here = installed(store.installed_store())
    return selection.masked_for(gap.language, here) or selection.model_for(
        gap.language, selection.ModelPreferences(), here
    )
