"""Hunspell dictionaries on this computer: the program's own, those the user added, and those of the system.

A dictionary is a pair of files, such as de_DE.dic and de_DE.aff. Whoever adds one may bring anything; it is
read in a child process alone, which looks at the files again.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from writer.base import atomic_file
from writer.base.errors import UserError, os_reason
from writer.base.paths import make_folder, resources_dir
from writer.base.printable import printable
from writer.base.regular_file import TooLargeError, read_regular

log = logging.getLogger(__name__)

FOLDER = "dictionaries"
"""The folder of the user's dictionaries, beside the settings."""

LIMIT = 64 << 20
"""The size limit of each file in bytes."""

WORDS, AFFIXES = ".dic", ".aff"
_NAME = re.compile(r"[A-Za-z]{2,3}(?:[_-][A-Za-z0-9_-]*)?\Z")
"""Names of dictionaries; those of hyphenation and of synonyms begin with hyph_ and th_."""

_OTHERS = ("th_",)
_MAX_FILES = 2_000
_USUAL = {"en": "en_US", "pt": "pt_PT", "sv": "sv_SE", "da": "da_DK", "cs": "cs_CZ", "el": "el_GR"}
_SAME = {"no": "nb", "nn": "nn", "sh": "sr", "bs": "hr", "iw": "he", "in": "id"}
"""Codes of languages that dictionaries have, and those that the text is told by."""


@dataclass(frozen=True, slots=True)
class Dictionary:
    """A dictionary: its name, such as de_AT, and the folder of its files; `shipped` with the program."""

    name: str
    folder: Path
    shipped: bool = False

    @property
    def language(self) -> str:
        """The code of its language, such as "de"."""
        code = re.split("[_-]", self.name)[0].lower()
        return _SAME.get(code, code)


def shipped_dictionary(name: str) -> Dictionary | None:
    """The program's own dictionary with this name, None where there is none."""
    folder = shipped_folder()
    return Dictionary(name, folder, shipped=True) if _is_dictionary(folder, name) else None


def shipped_folder() -> Path:
    """The folder of the program's own dictionaries."""
    return resources_dir() / "dictionaries"


def find_dictionaries(folders: Iterable[Path]) -> dict[str, Dictionary]:
    """The program's dictionaries and those in `folders`, by name; the first of a name counts."""
    found: dict[str, Dictionary] = {}
    shipped = shipped_folder()
    for folder in (shipped, *folders):
        for name in sorted(_names_in(folder)):
            found.setdefault(name, Dictionary(name, folder, folder == shipped))
    return found


def distinct(dictionaries: Iterable[Dictionary]) -> list[Dictionary]:
    """The dictionaries without those that are links to another: systems have one for many countries."""
    found: dict[str, Dictionary] = {}
    for one in dictionaries:
        file = os.path.realpath(one.folder / f"{one.name}{WORDS}")
        if file not in found or Path(file).stem == one.name:
            found[file] = one
    return list(found.values())


def choose_dictionary(
    language: str, preferred: Sequence[str], found: Mapping[str, Dictionary]
) -> Dictionary | None:
    """The dictionary for a language: of `preferred` names the first that fits, else the usual one of it."""
    names = [name for name, one in found.items() if one.language == language]
    usual = (*preferred, _USUAL.get(language, ""), f"{language}_{language.upper()}", language)
    for name in usual:
        if name in names:
            return found[name]
    return found[min(names, key=lambda name: (len(name), name))] if names else None


def system_folders(environment: Mapping[str, str]) -> Iterator[Path]:
    """The folders in which systems and other programs keep dictionaries; many do not exist."""
    home = Path(os.path.expanduser("~"))
    data = environment.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    yield from (Path(part) for part in environment.get("DICPATH", "").split(os.pathsep) if part)
    if sys.platform == "win32":
        programs = Path(environment.get("ProgramFiles", "C:\\Program Files"))
        yield Path(environment.get("APPDATA", home)) / "hunspell"
        yield from _extensions(programs / "LibreOffice" / "share" / "extensions")
    elif sys.platform == "darwin":
        yield from (home / "Library" / "Spelling", Path("/Library/Spelling"))
        yield from (Path("/opt/homebrew/share/hunspell"), Path("/usr/local/share/hunspell"))
        yield from _extensions(Path("/Applications/LibreOffice.app/Contents/Resources/extensions"))
    else:
        for share in (home / ".local" / "share", *(Path(part) for part in data.split(":") if part)):
            yield from (share / "hunspell", share / "myspell", share / "myspell" / "dicts")
        yield Path("/run/host/usr/share/hunspell")  # from within a Flatpak
        yield from _extensions(Path("/usr/lib/libreoffice/share/extensions"))


def add_dictionary(file: Path, folder: Path) -> str:
    """Copy a dictionary, of which `file` is one of both files, to `folder`; returns its name.

    Raises UserError where it is none, or cannot be read or written.
    """
    name = file.stem
    if file.suffix.lower() not in (WORDS, AFFIXES) or not is_name(name):
        raise UserError(
            "{name} is no dictionary. One consists of two files such as de_DE.dic and de_DE.aff, whose name "
            "begins with the language.",
            name=printable(file.name),
        )
    try:
        content = {ending: _read(file.with_suffix(ending)) for ending in (WORDS, AFFIXES)}
        require_dictionary(content[WORDS], content[AFFIXES])
        make_folder(folder)
        for ending in (AFFIXES, WORDS):
            atomic_file.replace(folder / f"{name}{ending}", content[ending])
    except OSError as error:
        raise UserError(
            "The dictionary {name} could not be added ({reason}).", name=name, reason=os_reason(error)
        ) from error
    return name


def require_dictionary(words: bytes, affixes: bytes) -> None:
    """Raise UserError where the contents of both files are not those of a dictionary."""
    first = words.lstrip(b"\xef\xbb\xbf").split(b"\n", 1)[0].strip()
    if not first[:1].isdigit() or b"\0" in words or b"\0" in affixes:
        raise UserError("This is no dictionary of Hunspell; choose another.")


def is_name(name: str) -> bool:
    """Whether a dictionary can have this name."""
    return _NAME.match(name) is not None and not name.startswith(_OTHERS)


def _read(file: Path) -> bytes:
    try:
        return read_regular(file, LIMIT)[0]
    except FileNotFoundError as error:
        raise UserError(
            "A dictionary has two files; {name} is not beside the other.", name=printable(file.name)
        ) from error
    except TooLargeError as error:
        raise UserError("{name} is too large for a dictionary.", name=printable(file.name)) from error


def _is_dictionary(folder: Path, name: str) -> bool:
    return is_name(name) and all((folder / f"{name}{ending}").is_file() for ending in (WORDS, AFFIXES))


def _names_in(folder: Path) -> Iterator[str]:
    try:
        for file in islice(folder.glob(f"*{WORDS}"), _MAX_FILES):
            if _is_dictionary(folder, file.stem):
                yield file.stem
    except OSError as error:
        log.warning("dictionaries not listed: %s", error.strerror)


def _extensions(folder: Path) -> Iterator[Path]:
    """The folders of LibreOffice's dictionaries."""
    try:
        yield from sorted(folder.glob("dict-*"))
    except OSError:
        return
