"""A pandoc that stays for many documents: its start takes longer than it takes to read most of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from writer.base import paths
from writer.base.child_process import ChildError, Limit, LimitError, Limits
from writer.base.json_lines_child import JsonLinesChild
from writer.documents.pandoc import HEAP_EXHAUSTED, Format, command

ToTree: TypeAlias = Callable[[bytes, Format], bytes]
"""What makes pandoc's tree of a document, in JSON. Raises LimitError, ChildError, OSError."""

_UNREADABLE = b"{}\n"
_LARGE = 2 << 20
"""The bytes of a document or its tree from which pandoc starts anew, as it keeps its memory."""

_TAB = 4


class TreeReader:
    """Reads documents as `pandoc.to_tree` does, in one process, with `limits` for each document.

    Used from one thread.
    """

    def __init__(self, limits: Limits) -> None:
        script = paths.resources_dir() / "pandoc" / "read.lua"
        self._child = JsonLinesChild(command(["lua", str(script)], limits), limits)

    def __call__(self, data: bytes, source: Format) -> bytes:
        """A document as pandoc's tree, in JSON; see `ToTree`."""
        if not source.packed:  # as pandoc does with the files that it opens itself
            data = data.replace(b"\r", b"").expandtabs(_TAB)
        try:
            tree = self._child.ask_bytes(f"{source.pandoc} {len(data)}\n".encode() + data)
        except ChildError as error:
            if error.status == HEAP_EXHAUSTED:
                raise LimitError(Limit.MEMORY) from error
            raise
        if len(data) + len(tree) > _LARGE:
            self._child.restart()
        if tree == _UNREADABLE:
            raise ChildError(1)
        return tree

    def close(self) -> None:
        """End pandoc."""
        self._child.close()
