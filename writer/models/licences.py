"""The licences of models: how a manifest states one, and by which names others know it."""

from __future__ import annotations

import re
from dataclasses import dataclass

NOT_STATED = ("", "not stated")

_IDENTIFIER = re.compile(r"[\w.+-]+", re.ASCII)
"""A name of SPDX's list, or of the Hub's, which has the same in small letters."""


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence: its `identifier` as the Hub has it, its name for people, and the address of its text.

    `terms` names the whole text in the program's resources, where that must go with each copy, and `notice`
    what must be said of a copy. All are "" where they are not known.
    """

    identifier: str
    name: str = ""
    link: str = ""
    terms: str = ""
    notice: str = ""


_GEMMA = Licence(
    "gemma",
    "Gemma Terms of Use",
    "https://ai.google.dev/gemma/terms",
    "gemma",
    "Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms",
)


def licence_of(stated: str) -> Licence:
    """The licence that a manifest states; one without a short name has the identifier "other"."""
    if stated in NOT_STATED:
        return Licence("")
    if stated.lower() in (_GEMMA.identifier, _GEMMA.name.lower()):
        return _GEMMA
    return Licence(stated) if _IDENTIFIER.fullmatch(stated) else Licence("other", stated)
