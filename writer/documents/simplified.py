"""What an import made simpler, because Markdown cannot hold it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Simplified:
    """What an import made simpler, because Markdown cannot hold it: the numbers of each.

    `tables` whose cells hold lists or paragraphs, or span others; `pictures` that lie within the document;
    parts that are underlined.
    """

    tables: int = 0
    pictures: int = 0
    underlines: int = 0
