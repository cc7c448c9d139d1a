"""The selection of the model: one for English text, one for Chinese or one for both, by the text's language.

Pure functions without heavy imports. Loading another model takes a second, so the language changes only when
the text is clearly in another one, not for a name or a quotation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from writer.text.language import LANGUAGES, Language, language_of

DEFAULT_MODEL = "smollm2-135m-tuned"
"""The id of the starter model, which is installed with the program."""

UNTUNED_MODEL = "smollm2-135m-instruct"
"""The id of the starter before it was tuned, which earlier versions of the program brought."""

TAIL_CHARACTERS = 80
"""Characters before the cursor that decide the language."""

RECENT_CHARACTERS = 24
"""The last of them, which must be in the new language, too."""

MIN_LETTERS = 12
"""Letters from which the current line alone decides the language."""


@dataclass(frozen=True, slots=True)
class ModelPreferences:
    """The preferences from the settings: an id or a folder for each language, "" for the default.

    `language` is "en" or "zh" where it is fixed, "auto" where the text decides.
    """

    english: str = ""
    chinese: str = ""
    language: Literal["auto"] | Language = "auto"


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """An installed model and its languages, none where they are unknown. `masked` models only fill gaps."""

    id: str
    languages: tuple[str, ...] = ()
    masked: bool = False


def detect_language(before: str, current: Language, preferences: ModelPreferences) -> Language:
    """The language of the text `before` the cursor; `current` unless it is clearly another one."""
    if preferences.language != "auto":
        return preferences.language
    tail = before[-TAIL_CHARACTERS:]
    line = tail.rpartition("\n")[2]
    if sum(c.isalpha() for c in line) >= MIN_LETTERS:
        tail = line
    seen, recent = language_of(tail), tail[-RECENT_CHARACTERS:]
    is_plain = any(c.isalpha() for c in recent) and language_of(recent) == seen
    return seen if is_plain else current


def model_for(language: Language, preferences: ModelPreferences, installed: Sequence[InstalledModel]) -> str:
    """The id or folder of the causal model for this language.

    A model that is chosen for the other language and writes this one, too, writes both, so that a mixed text
    needs no other model. Where none is chosen and none is installed for it, it is the other language's model.
    The untuned starter, where it is chosen and no longer here, is the starter.
    """
    wanted, other = preferences.english, preferences.chinese
    if language == "zh":
        wanted, other = other, wanted
    ids = [model.id for model in installed if language in model.languages and not model.masked]
    if wanted == UNTUNED_MODEL and wanted not in ids:
        return DEFAULT_MODEL
    if wanted:
        return wanted
    if other in ids:
        return other
    if language == "en" and (DEFAULT_MODEL in ids or not ids):
        return DEFAULT_MODEL
    return ids[0] if ids else other or DEFAULT_MODEL


def masked_for(language: Language, installed: Sequence[InstalledModel]) -> str:
    """The id of the masked model for this language, "" where there is none.

    Models with fewer languages are preferred; those with unknown languages come last.
    """
    fitting = [one for one in installed if one.masked and (language in one.languages or not one.languages)]
    fitting.sort(key=lambda one: len(one.languages) or len(LANGUAGES) + 1)
    return fitting[0].id if fitting else ""
