"""Whether a model can continue text here at all, told from its `config.json` before anything large moves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from writer.models.folder import CONFIG
from writer.models.manifest import ModelError

NATIVE = ("gpt2", "llama", "mistral", "qwen2", "qwen3")
"""Types for which Writer has graphs of its own; a folder's code is never needed for them."""

CAUSAL = ("ForCausalLM", "LMHeadModel")


def require(folder: Path) -> None:
    """Raise `ModelError` unless the config in `folder` is that of a model that continues text."""
    try:
        config: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        kind, architectures = config["model_type"], config.get("architectures") or []
        own_code = config.get("auto_map")
        continues = not architectures or any(str(a).endswith(CAUSAL) for a in architectures)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"The {CONFIG} of this model is missing or damaged; get the model from elsewhere."
        ) from error
    if own_code and kind not in NATIVE:
        raise ModelError(
            "This model brings code of its own, which Writer never runs; choose a model without it."
        )
    if not continues:
        raise ModelError(
            f"This model ({architectures[0]}) does not continue text; choose a causal language model."
        )
