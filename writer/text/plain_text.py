"""Plain text of other programs: one kind of line end, and no control characters."""

from __future__ import annotations

import re

_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffc\ufffe\uffff]")
"""Control characters, lone surrogates, noncharacters, and the placeholder of objects."""


def clean_text(text: str) -> str:
    """`text` with newline characters for all kinds of line ends, and without other control characters.

    Line ends are also U+2028, U+2029, NEL, vertical tabs and form feeds.
    """
    text = _LINE_ENDS.sub("\n", text.removeprefix("\ufeff"))
    return _CONTROLS.sub("", text)
