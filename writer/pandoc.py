"""Documents of other programs become Markdown, and Markdown becomes theirs: through pandoc, in a child.

Pandoc reads what nobody vouches for. It runs in its own sandbox (no files, no network), with a limit of time
and of memory, and gets and gives bytes only; whatever happens to it, the window goes on.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from writer.text.errors import UserError

SECONDS = 60.0
"""How long a conversion may take."""

_MEMORY = 1024
"""MB that pandoc may use."""

_LARGEST = 200 << 20
"""Bytes of a document that is still read, and of what it may become."""

_STEP = 0.1
_MARKDOWN = "gfm+hard_line_breaks"


class ConvertError(UserError):
    """A document cannot be converted; its text is one sentence."""


class CancelledError(Exception):
    """Whoever asked for a conversion wants it no more."""


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
READ = (DOCX, ODT, RTF, EPUB, HTML, LATEX)
WRITTEN = (DOCX, ODT, EPUB, HTML)


def format_of(name: str, formats: tuple[Format, ...]) -> Format | None:
    """The format that the ending of a file's name stands for."""
    return next((f for f in formats if name.lower().endswith(f.endings)), None)


def to_markdown(data: bytes, source: Format, name: str, cancelled: Callable[[], bool] = lambda: False) -> str:
    """A document as Markdown, a paragraph on each line. Raises ConvertError and CancelledError."""
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

    Raises ConvertError and CancelledError.
    """
    source = _MARKDOWN if markdown else "html"
    data = text if markdown else "".join(f"<p>{escape(line)}</p>\n" for line in text.split("\n"))
    options = ["--from", source, "--to", target.pandoc, "--standalone", "--output", "-"]
    options += ["--metadata", f"title={title}", "--metadata", f"lang={language}"]
    return _run(options, data.encode("utf-8", "replace"), title, cancelled)


def _run(options: list[str], data: bytes, name: str, cancelled: Callable[[], bool]) -> bytes:
    if len(data) > _LARGEST:
        raise ConvertError(f"{name} is too large to be converted; split it first.")
    command = [_program(), "--sandbox", *options, "+RTS", f"-M{_MEMORY}m", "-RTS"]
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, creationflags=flags)
    except OSError as error:
        raise ConvertError(f"Pandoc cannot be started ({error.strerror}); install Writer again.") from error
    with process:
        output = _communicate(process, data, name, cancelled)
    if process.returncode:
        raise ConvertError(
            f"{name} could not be converted; it may be damaged, protected, or not what its name says."
        )
    if len(output) > _LARGEST:
        raise ConvertError(f"{name} is too large to be converted; split it first.")
    return output


def _communicate(
    process: subprocess.Popen[bytes], data: bytes, name: str, cancelled: Callable[[], bool]
) -> bytes:
    """What the process makes of `data`; it is killed when its time is over or nobody waits any more."""
    end = time.monotonic() + SECONDS
    given: bytes | None = data
    try:
        while True:
            try:
                return process.communicate(given, timeout=_STEP)[0]
            except subprocess.TimeoutExpired:
                given = None
            if cancelled():
                raise CancelledError
            if time.monotonic() > end:
                raise ConvertError(f"{name} took too long to be converted; it may be damaged.")
    finally:
        if process.poll() is None:
            process.kill()


def _program() -> str:
    """The pandoc that came with the package, never another one from the search path."""
    import pypandoc

    folder = os.path.join(os.path.dirname(pypandoc.__file__), "files")
    return os.path.join(folder, "pandoc.exe" if os.name == "nt" else "pandoc")
