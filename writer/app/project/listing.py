"""The list of the texts in a folder that the editor opens or imports."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from writer.app.project.text_tree import TextTree, make_tree
from writer.base.progress import CancelCheck, never

TEXT_KINDS = frozenset({"txt", "md", "org", "rst", "tex"})
"""The kinds of files that are opened as they are, so that headings are read and words are found in them."""

IMPORTED_KINDS = frozenset({"docx", "odt", "rtf", "epub"})
"""The kinds of files that are imported when they are opened."""

MAX_ENTRIES = 200_000
"""The most files and folders that are looked at."""

MAX_DEPTH = 64
"""The most subfolders within each other."""

_LEFT_OUT = (".*", "~$*", "*~", "node_modules", "__pycache__")
"""Hidden files, and those that programs keep for themselves."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The texts in `folder` by their paths below it.

    `complete` is false where there is more, beyond `MAX_ENTRIES` or `MAX_DEPTH`.
    """

    folder: Path
    names: tuple[str, ...] = ()
    readable: frozenset[str] = frozenset()
    """The names of the texts of `TEXT_KINDS`."""
    complete: bool = True
    tree: TextTree = field(default_factory=TextTree, compare=False)


def list_texts(folder: Path, cancelled: CancelCheck = never) -> Listing:
    """The texts in a folder and its subfolders, in the order of the tree.

    Raises CorpusError where the folder cannot be read, and Cancelled.
    """
    from writer.corpus.scan import ScanRules, scan  # takes 10 ms of a start, which may have no folder

    found = scan(folder, ScanRules(_LEFT_OUT), cancelled, MAX_ENTRIES)
    files = [file for file in found.files if file.kind in TEXT_KINDS | IMPORTED_KINDS]
    kinds = {file.name: file.kind for file in files if file.name.count("/") <= MAX_DEPTH}
    tree = make_tree(kinds)
    names = tuple(entry.name for entry in tree.entries if not entry.is_folder)
    readable = frozenset(name for name in names if kinds[name] in TEXT_KINDS)
    return Listing(folder, names, readable, found.complete and len(files) == len(kinds), tree)
