"""`writer spell`: the worker process that checks spelling for the window, one JSON object a line.

    {"check": ["teh", "the"]}  ->  {"wrong": ["teh"]}
    {"suggest": "teh"}         ->  {"words": ["the", …]}

Hunspell holds Python's global lock while it searches, half a second for some words, and may crash; in a
process of its own it does neither to the window. A dictionary that did not come with the program may be
hostile: its files are looked at first, and the process then has neither network nor much memory.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from writer.base.errors import UserError
from writer.base.typed_data import DamagedError, read_json

MAX_SUGGESTIONS = 8
"""The most suggestions for a word."""


MEMORY = 1 << 30
"""Bytes of memory for this process with a dictionary that did not come with the program."""


def run(language: str, folder: Path, *, shipped: bool = True) -> int:
    """Answer requests until standard input ends; returns the exit status.

    The dictionary `LANGUAGE.dic` is in `folder`; `shipped` with the program, or brought by the system or the
    user. Raises UserError where it is missing or no dictionary.
    """
    from hunspell import Hunspell

    if not shipped:
        _require_harmless(language, folder)
    if not (folder / f"{language}.dic").is_file():
        raise UserError(
            "There is no dictionary {language}; choose another in the settings.", language=language
        )
    dictionary = Hunspell(language, hunspell_data_dir=str(folder), system_encoding="utf-8")
    for line in sys.stdin.buffer:
        try:
            answer = _answer(dictionary, read_json(line, _SpellRequest))
        except DamagedError:
            answer = {}
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()
    return 0


def _require_harmless(language: str, folder: Path) -> None:
    """Confine this process, and raise UserError where the files are not those of a dictionary."""
    from writer.base.confinement import confine
    from writer.base.regular_file import read_regular
    from writer.documents.dictionaries import AFFIXES, LIMIT, WORDS, is_name, require_dictionary

    confine(MEMORY)
    try:
        if not is_name(language):
            raise FileNotFoundError
        words, affixes = (read_regular(folder / f"{language}{e}", LIMIT)[0] for e in (WORDS, AFFIXES))
    except OSError as error:
        raise UserError(
            "There is no dictionary {language}; choose another in the settings.", language=language
        ) from error
    require_dictionary(words, affixes)


@dataclass(frozen=True, slots=True)
class _SpellRequest:
    """Words to check, or a word for which others are suggested."""

    check: tuple[str, ...] | None = None
    suggest: str = ""


def _answer(dictionary: Any, request: _SpellRequest) -> dict[str, list[str]]:
    if request.check is not None:
        return {"wrong": [word for word in request.check if not _is_right(dictionary, word)]}
    try:
        return {"words": list(dictionary.suggest(request.suggest)[:MAX_SUGGESTIONS])}
    except UnicodeError:  # it may have other characters than it says
        return {"words": []}


def _is_right(dictionary: Any, word: str) -> bool:
    """Whether the dictionary has a word; one that it cannot write is right, as is half a character."""
    try:
        return bool(dictionary.spell(word))
    except UnicodeEncodeError:
        return True
