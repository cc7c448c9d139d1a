"""A parser for dates in names, front matter and metadata of documents."""

from __future__ import annotations

import contextlib
import re
from datetime import date, datetime

_NUMBERS = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:[-_./年]|(?=\d{4}(?!\d)))([01]?\d)[-_./月]?([0-3]?\d)(?!\d)")
_NAMED = re.compile(
    r"\b(?:(\d{1,2})(?:st|nd|rd|th)?\s+)?([A-Z][a-z]{2,8})\.?\s+(?:(\d{1,2})(?:st|nd|rd|th)?,?\s+)?((?:19|20)\d\d)\b"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def find_date(text: str) -> date | None:
    """The first date in `text` that is not in the future, year first or with an English month; else None."""
    for match in _NUMBERS.finditer(text):
        if day := _day(*match.groups()):
            return day
    for match in _NAMED.finditer(text):
        before, month, after, year = match.groups()
        if month[:3].lower() in _MONTHS and (number := before or after):
            return _day(year, str(_MONTHS.index(month[:3].lower()) + 1), number)
    return None


def _day(year: str, month: str, day: str) -> date | None:
    with contextlib.suppress(ValueError):
        found = date(int(year), int(month), int(day))
        return found if found <= datetime.now().date() else None
    return None
