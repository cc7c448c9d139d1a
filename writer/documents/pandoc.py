"""Conversion of documents from and to Markdown by pandoc, in a child process.

The documents are untrusted: pandoc runs with `--sandbox` (no files, no network) and with limits of time and
memory, and only exchanges bytes with this process.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from writer.base import paths
from writer.base.child_process import ChildError, Limit, LimitError, Limits, run
from writer.base.errors import UserError, os_reason
from writer.documents import text_file
from writer.documents.simplified import Simplified
from writer.text.front_matter import split_front_matter
from writer.text.plain_text import clean_text

SECONDS = 60.0
"""The time limit of a conversion, in seconds."""

_MEMORY = 1200 << 20
"""Pandoc's limit of memory, in bytes."""

_HEAP_SHARE = 0.85
"""The share of the limit for its heap."""

HEAP_EXHAUSTED = 251
"""The exit status of a Haskell program whose heap is exhausted."""

MAX_BYTES = 200 << 20
"""The largest size of a document, imported or exported, in bytes."""

_MARKDOWN = "gfm+hard_line_breaks-yaml_metadata_block"
_MARKDOWN_WITH_METADATA = "gfm+hard_line_breaks+yaml_metadata_block"
_WRITTEN = "gfm-raw_html+hard_line_breaks"


class ConvertError(UserError):
    """A document cannot be converted; its text is one sentence."""


@dataclass(frozen=True, slots=True)
class Format:
    """A document format: pandoc's name, the name for people, and the endings of its files in lower case.

    `packed` is whether pictures lie within the document.
    """

    pandoc: str
    name: str
    endings: tuple[str, ...]
    packed: bool = False


DOCX = Format("docx", "Word", (".docx",), packed=True)
ODT = Format("odt", "OpenDocument", (".odt",), packed=True)
RTF = Format("rtf", "Rich Text", (".rtf",), packed=True)
EPUB = Format("epub", "EPUB", (".epub",), packed=True)
HTML = Format("html", "HTML", (".html", ".htm", ".xhtml"))
LATEX = Format("latex", "LaTeX", (".tex", ".latex"))
FB2 = Format("fb2", "FictionBook", (".fb2",), packed=True)
ORG = Format("org", "Org", (".org",))
RST = Format("rst", "reStructuredText", (".rst",))
IMPORT_FORMATS = (DOCX, ODT, RTF, EPUB, HTML, LATEX)
EXPORT_FORMATS = (DOCX, ODT, EPUB, HTML)


@dataclass(frozen=True, slots=True)
class Imported:
    """An imported document as Markdown."""

    text: str
    simplified: Simplified


_SIMPLIFIED = re.compile(r"\ue000simplified tables=(\d+) pictures=(\d+) underlines=(\d+)\s*\Z")
"""The line that the filter `simplify.lua` adds."""

_RTF_FALLBACK = re.compile(rb"(?<!\\)(\\u-?\d{1,6}) ?\?")
"""A character of RTF with a question mark for old readers, behind which pandoc drops what follows.

It reads the mark as a hexadecimal code, which means the same.
"""

_EXPORT_LIMITS = Limits(SECONDS, _MEMORY, MAX_BYTES)
_IMPORT_LIMITS = Limits(SECONDS, _MEMORY, text_file.MAX_BYTES)
PASTE_LIMITS = Limits(10.0, 600 << 20, 20 << 20)
"""The limits for what is pasted."""

COPY_LIMITS = Limits(30.0, _MEMORY, 60 << 20)
"""The limits for what is copied as rich text."""

PREVIEW_LIMITS = Limits(10.0, 600 << 20, 8 << 20)
"""The limits for the preview of a part of a text."""

_PLAIN_CODE = ("--syntax-highlighting", "none")
"""The option for code without colours of its own."""

_GOOGLE_DOCS = re.compile(r"<b\s[^>]{0,200}id=[\"']?docs-internal-guid[^>]{0,200}>")
"""The bold element that Google Docs puts around what is copied; nothing in it is meant bold."""

_START = 4_000
"""The characters in which it is looked for."""


def format_of(name: str, formats: tuple[Format, ...]) -> Format | None:
    """The format by the ending of a file's name; None for others."""
    return next((f for f in formats if name.lower().endswith(f.endings)), None)


def to_markdown(
    data: bytes,
    source: Format,
    name: str,
    cancelled: Callable[[], bool] = lambda: False,
    limits: Limits = _IMPORT_LIMITS,
) -> Imported:
    """A document as GitHub's Markdown, one line for each paragraph. Raises ConvertError, Cancelled."""
    if source is RTF:
        data = _RTF_FALLBACK.sub(rb"\1\\'3f", data)
    options = ["--from", source.pandoc, "--to", _WRITTEN, "--wrap", "none"]
    options += ["--lua-filter", str(paths.resources_dir() / "pandoc" / "simplify.lua")]
    if source.packed:
        options += ["--metadata", "packed=true"]
    text = _run(options, data, name, cancelled, limits).decode("utf-8")
    counts = _SIMPLIFIED.search(text)
    if counts is None:
        return Imported(clean_text(text), Simplified())
    text = clean_text(text[: counts.start()].rstrip() + "\n")
    return Imported(text, Simplified(*map(int, counts.groups())))


def piece_to_markdown(content: str, source: Format, cancelled: Callable[[], bool] = lambda: False) -> str:
    """A piece of a document (HTML, RTF) as Markdown, without an empty line at its end.

    Raises ConvertError, Cancelled.
    """
    start = _GOOGLE_DOCS.sub("<span>", content[:_START], count=1)
    data = (start + content[_START:]).encode("utf-8" if source is HTML else "latin-1", "replace")
    return to_markdown(data, source, source.name, cancelled, PASTE_LIMITS).text.strip("\n")


def from_text(
    text: str,
    target: Format,
    title: str,
    language: str,
    markdown: bool = True,
    cancelled: Callable[[], bool] = lambda: False,
) -> bytes:
    """A text as a document with a title; each line stays one.

    Without `markdown` the text is taken as it is, Markdown's marks included. Front matter is the document's
    metadata, or left out where it is not valid YAML. Raises ConvertError, Cancelled.
    """
    options = ["--to", target.pandoc, "--standalone", "--output", "-"]
    options += ["--metadata", f"title={title}", "--metadata", f"lang={language}"]
    if not markdown:
        text = "".join(f"<p>{escape(line)}</p>\n" for line in text.split("\n"))
        return _run(["--from", "html", *options], _encoded(text), title, cancelled, _EXPORT_LIMITS)
    front_matter, body = split_front_matter(text)
    if front_matter:
        try:
            read = ["--from", _MARKDOWN_WITH_METADATA]
            return _run([*read, *options], _encoded(text), title, cancelled, _EXPORT_LIMITS)
        except ConvertError as error:
            if not isinstance(error.__cause__, ChildError):
                raise
    return _run(["--from", _MARKDOWN, *options], _encoded(body), title, cancelled, _EXPORT_LIMITS)


def to_html(text: str, markdown: bool, cancelled: Callable[[], bool] = lambda: False) -> str:
    """A text as a piece of HTML, without its front matter; each line stays one.

    Without `markdown` the text is taken as it is, Markdown's marks included. Raises ConvertError, Cancelled.
    """
    if not markdown:
        return "".join(f"<p>{escape(line)}</p>\n" for line in text.split("\n"))
    _front_matter, body = split_front_matter(text)
    options = ["--from", _MARKDOWN, "--to", "html-task_lists", "--wrap", "none", *_PLAIN_CODE]
    return _run(options, _encoded(body), HTML.name, cancelled, COPY_LIMITS).decode("utf-8")


def to_preview_html(text: str, cancelled: Callable[[], bool] = lambda: False) -> str:
    """Markdown as HTML for the preview: without foreign markup, with an anchor `line-<number>` in each block.

    Lines are counted from 1. A picture's source is `picture:` and its address in hexadecimal digits.
    Raises ConvertError, Cancelled.
    """
    options = ["--from", f"{_MARKDOWN}+sourcepos", "--to", "html-task_lists", "--wrap", "none", *_PLAIN_CODE]
    options += ["--lua-filter", str(paths.resources_dir() / "pandoc" / "preview.lua")]
    data = _encoded(text)
    return _run(options, data, HTML.name, cancelled, PREVIEW_LIMITS, low_priority=True).decode("utf-8")


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def to_tree(
    data: bytes, source: Format, limits: Limits, cancelled: Callable[[], bool] = lambda: False
) -> bytes:
    """A document as pandoc's tree, in JSON (https://hackage.haskell.org/package/pandoc-types).

    Raises LimitError, ChildError where pandoc cannot read the document, and Cancelled.
    """
    return _pandoc(["--from", source.pandoc, "--to", "json"], data, limits, cancelled)


def _run(
    options: list[str],
    data: bytes,
    name: str,
    cancelled: Callable[[], bool],
    limits: Limits,
    low_priority: bool = False,
) -> bytes:
    if len(data) > MAX_BYTES:
        raise ConvertError("{name} is too large to be converted; split it first.", name=name)
    try:
        return _pandoc(options, data, limits, cancelled, low_priority)
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


def _pandoc(
    options: list[str],
    data: bytes,
    limits: Limits,
    cancelled: Callable[[], bool],
    low_priority: bool = False,
) -> bytes:
    try:
        return run(
            command(["--sandbox", *options], limits), data, limits, cancelled, low_priority=low_priority
        )
    except ChildError as error:
        if error.status == HEAP_EXHAUSTED:
            raise LimitError(Limit.MEMORY) from error
        raise


def command(arguments: list[str], limits: Limits) -> list[str]:
    """The command line of pandoc with these arguments, and with a heap within the limits."""
    heap = f"-M{int(limits.memory * _HEAP_SHARE)}"
    return [_program(), *arguments, "+RTS", heap, "-RTS"]


def _program() -> str:
    """The path of the pandoc in the package pypandoc, never one from the search path."""
    import pypandoc

    folder = os.path.join(os.path.dirname(pypandoc.__file__), "files")
    return os.path.join(folder, "pandoc.exe" if os.name == "nt" else "pandoc")
