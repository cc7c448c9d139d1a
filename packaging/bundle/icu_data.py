"""Empties what Qt does not read of ICU's data in its wheel: 32 MB that a package can hardly compress.

Qt links ICU for collation alone here: dates, numbers and the borders of words come from its own tables, and
encodings from Python. The library keeps its size and its table of contents; ICU refuses an emptied item as it
does one that is missing. The format is ICU's "common data" (`ucmndata.h`).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

_MAGIC = b"\xda\x27"
_FORMAT = b"CmnD"
_UNREAD = ("brkitr/", "curr/", "lang/", "rbnf/", "region/", "translit/", "unit/", "zone/")
"""Breaking lines, names of currencies, languages, units and zones, numbers in words, transliteration."""

_UNREAD_NAMES = re.compile(r".*\.cnv|(?!en|zh)[a-z]{2,3}(_\w+)?\.res")
"""Converters, and the formats of locales whose language the window does not have."""


def empty_unread(library: Path) -> int:
    """Fill the items that Qt does not read with zeros; the number of bytes. Raises ValueError without any."""
    content = bytearray(library.read_bytes())
    count = 0
    for name, start, end in list(_items(content)):
        if name.startswith(_UNREAD) or _UNREAD_NAMES.fullmatch(name):
            content[start:end] = bytes(end - start)
            count += end - start
    library.write_bytes(content)
    return count


def _items(content: bytearray) -> Iterator[tuple[str, int, int]]:
    """Name without the package's, start and end of each item but the last, whose end is not told."""
    header = content.find(_MAGIC) - 2
    if header < 0 or content[header + 12 : header + 16] != _FORMAT:
        raise ValueError("no data of ICU")
    table = header + struct.unpack_from("<H", content, header)[0]
    number = struct.unpack_from("<I", content, table)[0]
    entries = list(struct.iter_unpack("<II", content[table + 4 : table + 4 + 8 * number]))
    for (name, start), (_, end) in pairwise(entries):
        text = content[table + name : content.index(0, table + name)].decode()
        yield text.partition("/")[2], table + start, table + end
