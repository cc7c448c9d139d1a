"""The list of text sources of a starter: public repositories at a commit, each with its licence.

A list is a TOML file; only what stands in it is read or fetched.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal

from writer.base.errors import UserError
from writer.base.typed_data import read_toml

Licence = Literal[
    "PD", "CC0-1.0", "CC-BY-3.0", "CC-BY-4.0", "MIT", "Apache-2.0", "MIT OR Apache-2.0", "Unlicense"
]
"""The licences that may be in a list; anything else is refused when the list is read."""

_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """Texts of the public `repository` (owner/name) at a `commit`.

    `licence_file` there, or at `licence_commit`, must hold the words `licence_words`. Files are those that a
    pattern of `paths` matches and none of `without`; no year in a path may be above `until`. `needs` are
    words that a file must hold, `drops` begins paragraphs that are left out (a pattern). Where `divided_at`
    is given (a pattern), lines that begin with it begin a text of their own. `reads` is how often each text
    is read in an epoch, `old` says that it was written before 1930, and `held` that it is kept for
    comparing models (`draw.py`).
    """

    repository: str
    commit: str
    licence: Licence
    licence_file: str
    licence_words: str
    kind: str
    paths: tuple[str, ...]
    without: tuple[str, ...] = ()
    reads: float = 1.0
    until: int = 9999
    needs: str = ""
    drops: str = ""
    divided_at: str = ""
    old: bool = False
    held: bool = False
    licence_commit: str = ""

    @property
    def name(self) -> str:
        """The name of the folder that its texts are laid in."""
        return self.repository.replace("/", "+")

    def wants(self, path: str) -> bool:
        """Whether the file with this path belongs to the texts."""
        years = [int(part) for part in path.replace("/", "-").replace("_", "-").split("-") if _is_year(part)]
        return (
            any(fnmatch(path, pattern) for pattern in self.paths)
            and not any(fnmatch(path, pattern) for pattern in self.without)
            and max(years, default=0) <= self.until
        )


@dataclass(frozen=True, slots=True)
class SourceList:
    """The sources of a starter's texts, and the options of `writer train` for it but for the weights."""

    options: tuple[str, ...]
    source: tuple[Source, ...]


def read_list(file: Path) -> SourceList:
    """The list in a file. Raises OSError, DamagedError, and UserError where a repository is there twice."""
    found = read_toml(file.read_bytes(), SourceList, _LIMIT)
    seen: set[str] = set()
    for source in found.source:
        if source.repository in seen:
            raise UserError("{name} is in the list twice; leave one out.", name=source.repository)
        seen.add(source.repository)
    return found


def _is_year(part: str) -> bool:
    return part.isdigit() and len(part) == len("2000") and part.startswith(("19", "20"))
