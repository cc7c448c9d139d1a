"""What a GGUF file says of the model as a whole: its name, licence and languages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from writer.base.printable import printable
from writer.models.convert.gguf_header import stated_fields
from writer.text.language import LANGUAGES

_NAME, _LANGUAGES = "general.name", "general.languages"
_LICENCES = ("general.license.name", "general.license")
"""The name of the licence for people, and its short one."""

_MAX_LICENCE = 100


@dataclass(frozen=True, slots=True)
class GgufFacts:
    """The facts; "" and () where the file states none. `languages` are those that the program knows."""

    name: str
    licence: str
    languages: tuple[str, ...]


def gguf_facts(file: Path) -> GgufFacts:
    """The facts in the metadata of a GGUF file; none where it is damaged, or no such file."""
    found = stated_fields(file, (_NAME, _LANGUAGES, *_LICENCES))
    texts = {name: value for name, value in found.items() if isinstance(value, str)}
    codes = found.get(_LANGUAGES)
    named = codes if isinstance(codes, list) else []
    return GgufFacts(
        name=texts.get(_NAME, ""),
        licence=printable(next((texts[key] for key in _LICENCES if texts.get(key)), ""))[:_MAX_LICENCE],
        languages=tuple(language for language in LANGUAGES if language in named),
    )
