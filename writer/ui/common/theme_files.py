"""Theme files: a name, and colours for light and for dark surroundings; the program's own and the user's.

A file of the user may hold anything. One that is no theme is left out, so that colours are colours wherever
they are put: in a palette, or in a stylesheet.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from writer.base.regular_file import read_regular
from writer.base.typed_data import DamagedError, read_toml

log = logging.getLogger(__name__)

_ENDING = ".toml"
_LIMIT = 64 << 10
"""The size limit of a file in bytes."""

_MAX_FILES = 200
"""The number of files in a folder that are looked at."""

Colour = Annotated[str, Meta(pattern=r"\A#[0-9A-Fa-f]{6}\Z")]
Name = Annotated[str, Meta(min_length=1, max_length=60)]


@dataclass(frozen=True, slots=True)
class Colours:
    """Colours as #rrggbb. The program's theme files say what each is for."""

    page: Colour
    text: Colour
    ghost: Colour
    window: Colour
    raised: Colour
    muted: Colour
    line: Colour
    edge: Colour
    hover: Colour
    accent: Colour
    accent_text: Colour
    selection: Colour
    selection_text: Colour
    match: Colour
    warning: Colour


@dataclass(frozen=True, slots=True)
class ThemeFile:
    """A theme: its name, and its colours for light and for dark surroundings."""

    name: Name
    light: Colours
    dark: Colours


def load_theme(file: Path) -> ThemeFile:
    """The theme in a file. Raises DamagedError where it is none, and OSError."""
    return read_toml(read_regular(file, _LIMIT)[0], ThemeFile, _LIMIT)


def find_theme(stem: str, folders: Sequence[Path]) -> ThemeFile | None:
    """The theme in the first file with this name, without its ending, in one of `folders`; None without."""
    name = f"{stem}{_ENDING}"
    if not stem or "\0" in name or Path(name).name != name:
        return None
    return next((theme for folder in folders if (theme := _loaded(folder / name)) is not None), None)


def all_themes(folders: Sequence[Path]) -> dict[str, ThemeFile]:
    """The themes in `folders` by the names of their files, without endings; the first of a name counts."""
    found: dict[str, ThemeFile] = {}
    for folder in folders:
        for file in sorted(_files_in(folder)):
            if file.stem not in found and (theme := _loaded(file)) is not None:
                found[file.stem] = theme
    return found


def _files_in(folder: Path) -> Iterator[Path]:
    try:
        yield from islice(folder.glob(f"*{_ENDING}"), _MAX_FILES)
    except OSError as error:
        log.warning("themes not listed: %s", error.strerror)


def _loaded(file: Path) -> ThemeFile | None:
    try:
        return load_theme(file)
    except FileNotFoundError:
        return None
    except (OSError, DamagedError) as error:
        log.warning("a theme file was left out: %s", type(error).__name__)
        return None
