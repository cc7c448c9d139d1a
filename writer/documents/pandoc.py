"""Conversion of documents from and to Markdown by pandoc, in a child process.

The documents are untrusted: pandoc runs with `--sandbox` (no files, no network) and with limits of time and
memory, and only exchanges bytes with this process.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from writer.base.child_process import ChildError, Limit, LimitError, Limits, run
from writer.base.errors import UserError, os_reason
from writer.documents import text_file

SECONDS = 60.0
"""The time limit of a conversion, in seconds."""

_MEMORY = 1200 << 20
"""Pandoc's limit of memory, in bytes."""

_HEAP_SHARE = 0.85
"""The share of the limit for its heap."""

_HEAP_EXHAUSTED = 251
"""The exit status of a Haskell program whose heap is exhausted."""

MAX_BYTES = 200 << 20
"""The largest size of a document, imported or exported, in bytes."""

_MARKDOWN = "gfm+hard_line_breaks"


class ConvertError(UserError):
    """A document cannot be converted; its text is one sentence."""


@dataclass(frozen=True, slots=True)
class Format:
    """A document format: pandoc's name, the name for people, and the endings of its files in lower case."""

    pandoc: str
    name: str
    endings: tuple[str, ...]


DOCX = Format("docx", "Word", (".docx",))
ODT = Format("odt", "OpenDocument", (".odt",))
RTF = Format("rtf", "Rich Text", (".rtf",))
EPUB = Format("epub", "EPUB", (".epub",))
HTML = Format("html", "HTML", (".html", ".htm", ".xhtml"))
LATEX = Format("latex", "LaTeX", (".tex", ".latex"))
FB2 = Format("fb2", "FictionBook", (".fb2",))
ORG = Format("org", "Org", (".org",))
RST = Format("rst", "reStructuredText", (".rst",))
IMPORT_FORMATS = (DOCX, ODT, RTF, EPUB, HTML, LATEX)
EXPORT_FORMATS = (DOCX, ODT, EPUB, HTML)


def format_of(name: str, formats: tuple[Format, ...]) -> Format | None:
    """The format by the ending of a file's name; None for others."""
    return next((f for f in formats if name.lower().endswith(f.endings)), None)


def to_markdown(data: bytes, source: Format, name: str, cancelled: Callable[[], bool] = lambda: False) -> str:
    """A document as GitHub's Markdown, one line for each paragraph. Raises ConvertError, Cancelled."""
    options = ["--from", source.pandoc, "--to", "gfm-raw_html", "--wrap", "none"]
    markdown = _run(options, data, name, cancelled, text_file.MAX_BYTES)
    return markdown.decode("utf-8").replace("\r\n", "\n")


def from_text(
    text: str,
    target: Format,
    title: str,
    language: str,
    markdown: bool = True,
    cancelled: Callable[[], bool] = lambda: False,
) -> bytes:
    """A text as a document with a title; each line stays one.

    Without `markdown` the text is taken as it is, Markdown's marks included. Raises ConvertError, Cancelled.
    """
    source = _MARKDOWN if markdown else "html"
    data = text if markdown else "".join(f"<p>{escape(line)}</p>\n" for line in text.split("\n"))
    options = ["--from", source, "--to", target.pandoc, "--standalone", "--output", "-"]
    options += ["--metadata", f"title={title}", "--metadata", f"lang={language}"]
    return _run(options, data.encode("utf-8", "replace"), title, cancelled)


def to_tree(
    data: bytes, source: Format, limits: Limits, cancelled: Callable[[], bool] = lambda: False
) -> bytes:
    """A document as pandoc's tree, in JSON (https://hackage.haskell.org/package/pandoc-types).

    Raises LimitError, ChildError where pandoc cannot read the document, and Cancelled.
    """
    return _pandoc(["--from", source.pandoc, "--to", "json"], data, limits, cancelled)


def _run(
    options: list[str], data: bytes, name: str, cancelled: Callable[[], bool], output: int = MAX_BYTES
) -> bytes:
    if len(data) > MAX_BYTES:
        raise ConvertError("{name} is too large to be converted; split it first.", name=name)
    try:
        return _pandoc(options, data, Limits(SECONDS, _MEMORY, output), cancelled)
    except LimitError as error:
        if error.limit is Limit.TIME:
            raise ConvertError(
                "{name} took too long to be converted; it may be damaged.", name=name
            ) from error
        raise ConvertError("{name} is too large to be converted; split it first.", name=name) from error
    except ChildError as error:
        raise ConvertError(
            "{name} could not be converted; it may be damaged, protected, or not what its name says.",
            name=name,
        ) from error
    except OSError as error:
        raise ConvertError(
            "Pandoc cannot be started ({reason}); install Writer again.", reason=os_reason(error)
        ) from error


def _pandoc(options: list[str], data: bytes, limits: Limits, cancelled: Callable[[], bool]) -> bytes:
    heap = f"-M{int(limits.memory * _HEAP_SHARE)}"
    try:
        return run([_program(), "--sandbox", *options, "+RTS", heap, "-RTS"], data, limits, cancelled)
    except ChildError as error:
        if error.status == _HEAP_EXHAUSTED:
            raise LimitError(Limit.MEMORY) from error
        raise


def _program() -> str:
    """The path of the pandoc in the package pypandoc, never one from the search path."""
    import pypandoc

    folder = os.path.join(os.path.dirname(pypandoc.__file__), "files")
    return os.path.join(folder, "pandoc.exe" if os.name == "nt" else "pandoc")
