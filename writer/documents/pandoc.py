"""Documents of other programs become Markdown, and Markdown becomes theirs: through pandoc, in a child.

Pandoc reads what nobody vouches for. It runs in its own sandbox (no files, no network), with a limit of time
and of memory, and gets and gives bytes only; whatever happens to it, the window goes on.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from writer.base.child_process import ChildError, Limit, LimitError, Limits, run
from writer.base.errors import UserError, os_reason

SECONDS = 60.0
"""How long a conversion may take."""

_MEMORY = 1200 << 20
"""Bytes that pandoc may use."""

_HEAP = 0.85
"""The part of that which its heap may take."""

_HEAP_IS_FULL = 251
"""The exit status with which a Haskell program says so."""

_LARGEST = 200 << 20
"""Bytes of a document that is still read, and of what it may become."""

_MARKDOWN = "gfm+hard_line_breaks"


class ConvertError(UserError):
    """A document cannot be converted; its text is one sentence."""


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of document: pandoc's name for it, its usual name, and the endings of its files."""

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
READ = (DOCX, ODT, RTF, EPUB, HTML, LATEX)
WRITTEN = (DOCX, ODT, EPUB, HTML)


def format_of(name: str, formats: tuple[Format, ...]) -> Format | None:
    """The format that the ending of a file's name stands for."""
    return next((f for f in formats if name.lower().endswith(f.endings)), None)


def to_markdown(data: bytes, source: Format, name: str, cancelled: Callable[[], bool] = lambda: False) -> str:
    """A document as Markdown, a paragraph on each line. Raises ConvertError and Cancelled."""
    options = ["--from", source.pandoc, "--to", "gfm-raw_html", "--wrap", "none"]
    return _run(options, data, name, cancelled).decode("utf-8").replace("\r\n", "\n")


def from_text(
    text: str,
    target: Format,
    title: str,
    language: str,
    markdown: bool = True,
    cancelled: Callable[[], bool] = lambda: False,
) -> bytes:
    """A text as a document with a title. Lines stay lines; without `markdown` its marks stay, too.

    Raises ConvertError and Cancelled.
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

    Raises LimitError, ChildError where pandoc cannot read it, and Cancelled.
    """
    return _pandoc(["--from", source.pandoc, "--to", "json"], data, limits, cancelled)


def _run(options: list[str], data: bytes, name: str, cancelled: Callable[[], bool]) -> bytes:
    if len(data) > _LARGEST:
        raise ConvertError("{name} is too large to be converted; split it first.", name=name)
    try:
        return _pandoc(options, data, Limits(SECONDS, _MEMORY, _LARGEST), cancelled)
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
    heap = f"-M{int(limits.memory * _HEAP)}"
    try:
        return run([_program(), "--sandbox", *options, "+RTS", heap, "-RTS"], data, limits, cancelled)
    except ChildError as error:
        if error.status == _HEAP_IS_FULL:
            raise LimitError(Limit.MEMORY) from error
        raise


def _program() -> str:
    """The pandoc that came with the package, never another one from the search path."""
    import pypandoc

    folder = os.path.join(os.path.dirname(pypandoc.__file__), "files")
    return os.path.join(folder, "pandoc.exe" if os.name == "nt" else "pandoc")
