"""The JSON files of a model folder that state facts, each as a dict; an absent or damaged one is empty."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from writer.base.typed_data import DamagedError, read_json_file

log = logging.getLogger(__name__)

_LIMIT = 16 << 20
_TEXT_CONFIGS = ("text_config", "language_config", "llm_config")
"""The keys under which a multimodal model's config holds that of its text model."""


def read_facts(folder: Path, name: str) -> dict[str, Any]:
    """The object in the JSON file `name` of `folder`; {} where there is none, or it is damaged."""
    try:
        return read_json_file(folder / name, dict[str, Any], _LIMIT)
    except FileNotFoundError:
        return {}
    except (OSError, DamagedError) as error:
        log.warning("the file %s of a model is not read: %s", name, error)
        return {}


def text_config(config: dict[str, Any]) -> dict[str, Any]:
    """The config of the text model: `config` itself, overlaid with the part for text of a multimodal one."""
    for key in _TEXT_CONFIGS:
        if isinstance(config.get(key), dict):
            inner: dict[str, Any] = config[key]
            return config | inner
    return config


def whole_number(value: object) -> int | None:
    """`value` where it is an integer from 0 to 2**31 - 1, else None."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < 1 << 31 else None
