"""The tree of the texts of a folder: subfolders before files, numbers in names by their values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_DIGITS = re.compile(r"(\d+)")

ROOT = -1
"""The parent of the entries at the top."""


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """A file or a subfolder: its path below the folder, its parent's index, and its place among its siblings.

    `children` are indices; only a subfolder has any.
    """

    name: str
    is_folder: bool
    parent: int
    row: int
    children: tuple[int, ...] = ()

    @property
    def label(self) -> str:
        """The last part of the path."""
        return self.name.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class TextTree:
    """The entries of a folder, and the indices of those at its top."""

    entries: tuple[TreeEntry, ...] = ()
    top: tuple[int, ...] = ()


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """The key that sorts names as people do: "2" before "10", letters without regard to their case."""
    parts = _DIGITS.split(name.casefold())
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part)


def make_tree(names: Iterable[str]) -> TextTree:
    """The tree of files with these paths, whose parts are separated by "/"."""
    folders: dict[str, dict[str, bool]] = {"": {}}
    for name in names:
        _add(folders, name, is_folder=False)
    entries: list[TreeEntry] = []
    top = _append(folders, "", ROOT, entries)
    return TextTree(tuple(entries), top)


def _add(folders: dict[str, dict[str, bool]], name: str, is_folder: bool) -> None:
    """Put a path, and the subfolders that lead to it, among the children of their parents."""
    parent = name.rpartition("/")[0]
    if parent not in folders:
        folders[parent] = {}
        _add(folders, parent, is_folder=True)
    folders[parent][name] = is_folder


def _append(
    folders: dict[str, dict[str, bool]], folder: str, parent: int, entries: list[TreeEntry]
) -> tuple[int, ...]:
    """Append the children of a folder, each followed by its own; returns their indices."""
    children = folders[folder]
    indices = []
    for row, name in enumerate(sorted(children, key=lambda name: (not children[name], natural_key(name)))):
        index = len(entries)
        indices.append(index)
        entries.append(TreeEntry(name, children[name], parent, row))
        if children[name]:
            below = _append(folders, name, index, entries)
            entries[index] = TreeEntry(name, True, parent, row, below)
    return tuple(indices)
