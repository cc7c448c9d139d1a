"""`writer spell`: the child that checks spelling for the window, one JSON object a line.

    {"check": ["teh", "the"]}  ->  {"wrong": ["teh"]}
    {"suggest": "teh"}         ->  {"words": ["the", …]}

Hunspell keeps Python's lock while it searches, half a second for some words; in a process of its own nobody
waits for it, and a word that would bring it down brings down nothing else.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from writer.base.errors import UserError

MOST = 8
"""Suggestions for a word."""


def run(language: str, folder: Path) -> int:
    """Answer until standard input ends; the dictionary of `language` lies in `folder`. The exit status."""
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


def _answer(dictionary: Any, question: dict[str, Any]) -> dict[str, list[str]]:
    if "check" in question:
        return {"wrong": [word for word in question["check"] if not dictionary.spell(word)]}
    return {"words": list(dictionary.suggest(question["suggest"])[:MOST])}
