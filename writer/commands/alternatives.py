"""`writer alternatives`: which words fit where the text on standard input has [MASK]."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass

from writer.commands.complete import read_text
from writer.engine import loading
from writer.models import selection, store
from writer.models.inventory import installed
from writer.suggestions.alternatives import ranked
from writer.suggestions.gap import Gap, parse_gap


@dataclass(frozen=True, slots=True)
class AlternativesOptions:
    """What the command line said. `model` is a name or a folder."""

    model: str | None = None
    device: str = "auto"
    as_json: bool = False


def run(options: AlternativesOptions) -> int:
    """Read, choose, print, likeliest first. Raises UserError for input that cannot be used."""
    gap = parse_gap(read_text())
    model = store.find(options.model or _model_for(gap))
    infill_model = loading.load_infill_model(model.path, options.device)
    started = time.perf_counter()
    words = ranked(infill_model.alternatives(gap, None, lambda: False), gap)
    infill_model.close()
    shares = [(word.text, math.exp(word.logprob)) for word in words]
    if options.as_json:
        report = {
            "alternatives": [{"text": text, "share": round(share, 4)} for text, share in shares],
            "language": gap.language,
            "model": model.id,
            "total_ms": round((time.perf_counter() - started) * 1e3, 1),
        }
        print(json.dumps(report, ensure_ascii=False))
    else:
        for text, share in shares:
            print(f"{share:6.1%}  {text}")
    return 0


def _model_for(gap: Gap) -> str:
    """The masked model for the gap's language; else the one that writes it, whatever the settings say."""
    here = installed(store.installed_store())
    return selection.masked_for(gap.language, here) or selection.model_for(
        gap.language, selection.ModelPreferences(), here
    )
