"""`writer spell`: the worker process that checks spelling for the window, one JSON object a line.

    {"check": ["teh", "the"]}  ->  {"wrong": ["teh"]}
    {"suggest": "teh"}         ->  {"words": ["the", …]}

Hunspell holds Python's global lock while it searches, half a second for some words, and may crash; in a
process of its own it does neither to the window.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from writer.base.errors import UserError

MAX_SUGGESTIONS = 8
"""The most suggestions for a word."""


def run(language: str, folder: Path) -> int:
    """Answer requests until standard input ends; returns the exit status.

    The dictionary `LANGUAGE.dic` is in `folder`. Raises UserError where it is missing.
    """
    from hunspell import Hunspell

    if not (folder / f"{language}.dic").is_file():
        raise UserError(
            "There is no dictionary {language}; choose another in the settings.", language=language
        )
    dictionary = Hunspell(language, hunspell_data_dir=str(folder), system_encoding="utf-8")
    for line in sys.stdin.buffer:
        answer = _answer(dictionary, json.loads(line))
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()
    return 0


def _answer(dictionary: Any, request: dict[str, Any]) -> dict[str, list[str]]:
    if "check" in request:
        return {"wrong": [word for word in request["check"] if not dictionary.spell(word)]}
    return {"words": list(dictionary.suggest(request["suggest"])[:MAX_SUGGESTIONS])}
