"""`writer extract`: the worker process that extracts documents for the corpus, one JSON object a line.

    {"path": "/…/letter.docx", "kind": "docx"}  ->  {"sha256": "…", "text": "…", "date": "2024-01-31"}
                                                ->  {"sha256": "…", "reason": "damaged"}

It gives up the network and most of the memory before it opens a file; the parent process limits its time.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from writer.base.child_process import Limits
from writer.base.confinement import confine
from writer.base.regular_file import open_regular
from writer.base.typed_data import DamagedError, read_json
from writer.corpus.document import ExtractedText, RejectedFile, RejectionReason
from writer.corpus.document_reader import MAX_FILE_BYTES, Tools, read_text
from writer.corpus.formats import scrivener
from writer.documents.tree_reader import TreeReader

_MEMORY = 800 << 20
"""Bytes of memory for this process, and as many for pandoc."""

PANDOC = Tools.within(Limits(seconds=8.0, memory=_MEMORY, output=128 << 20, patience=6.0))
"""The limits of pandoc and other programs, a new one for each document."""

_FORBIDDEN = (errno.EACCES, errno.EPERM)


def run() -> int:
    """Answer requests until standard input ends; returns the exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl+C is for whoever started this
    confine(_MEMORY)
    _send({"ready": True})
    with contextlib.closing(TreeReader(PANDOC.limits)) as to_tree:
        tools = Tools(PANDOC.limits, to_tree)
        for line in sys.stdin.buffer:
            try:
                request = read_json(line, _ExtractRequest)
            except DamagedError:
                _send({"reason": RejectionReason.DAMAGED, "error": "the request is damaged"})
            else:
                known = replace(tools, addresses=frozenset(request.addresses))
                _send(_answer(request.path, request.kind, known))
    return 0


@dataclass(frozen=True, slots=True)
class _ExtractRequest:
    """A document to read: where it lies, and its kind (`scan.KINDS`); for mails, the person's addresses."""

    path: str
    kind: str
    addresses: tuple[str, ...] = ()


def _answer(path: str, kind: str, tools: Tools) -> dict[str, Any]:
    if kind == scrivener.KIND:
        return _extract({}, lambda: _draft(Path(path), tools))
    try:
        with open_regular(Path(path)) as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        return {"reason": RejectionReason.UNREADABLE if error.errno in _FORBIDDEN else RejectionReason.GONE}
    except ValueError:  # no file has such a name
        return {"reason": RejectionReason.GONE}
    return _extract({"sha256": hashlib.sha256(data).hexdigest()}, lambda: read_text(data, kind, tools))


def _draft(folder: Path, tools: Tools) -> ExtractedText:
    try:
        draft = scrivener.read_draft(folder, MAX_FILE_BYTES, lambda data: read_text(data, "rtf", tools).text)
    except OSError as error:
        raise RejectedFile(RejectionReason.GONE) from error
    if not draft.text:
        raise RejectedFile(RejectionReason.NO_TEXT)
    return ExtractedText(draft.text, None, draft.left_out)


def _extract(answer: dict[str, Any], read: Callable[[], ExtractedText]) -> dict[str, Any]:
    """The answer with what `read` gives, or the reason why it gives nothing."""
    try:
        extracted = read()
    except RejectedFile as refused:
        return answer | {"reason": refused.reason}
    except MemoryError:
        return answer | {"reason": RejectionReason.TOO_MUCH_MEMORY}
    except Exception as error:  # noqa: BLE001  a hostile document found a gap; the parent logs it
        return answer | {"reason": RejectionReason.DAMAGED, "error": type(error).__name__}
    return answer | {
        "text": extracted.text,
        "date": extracted.date.isoformat() if extracted.date else None,
        "left_out": extracted.left_out,
        "parts": [(day.isoformat() if day else None, length) for day, length in extracted.parts],
    }


def _send(answer: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.flush()
