"""Names as readable text: control characters and undecodable bytes are shown as escapes."""

from __future__ import annotations

import re
from typing import TextIO

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls (C0, DEL, C1), ends of lines and paragraphs, changes of the writing direction, and surrogates,
of which Python makes the bytes of a file's name that are no text.
"""

_BYTES = range(0xDC80, 0xDD00)
"""The surrogates that stand for the bytes 0x80 to 0xff (PEP 383)."""


def printable(name: object) -> str:
    """The name of a file, a model or a host as one readable line, such as `\\x1b[31mred.txt`.

    For display only: a backslash in the name is not escaped.
    """
    return _UNPRINTABLE.sub(_escape, str(name))


def print_any_text(*streams: TextIO | None) -> None:
    """Let streams print unencodable characters as escapes instead of raising UnicodeEncodeError."""
    for stream in streams:
        if stream is not None and (reconfigure := getattr(stream, "reconfigure", None)) is not None:
            reconfigure(errors="backslashreplace")


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code in _BYTES:
        return f"\\x{code - 0xDC00:02x}"
    return found[0].encode("unicode_escape").decode("ascii")
