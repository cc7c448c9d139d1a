"""A self-contained HTML page that shows where the characters of a text came from.

It has the text with its origins in colours, the share of each, and the hash of the document, by which it can
be told whether a file is the one that is shown. Nothing is loaded and nothing is run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from writer.documents.authorship.origin import Origin, Run, joined, origin_of
from writer.text.utf16 import code_point_positions

_CLASSES = {Origin.TYPED: "t", Origin.TAKEN: "k", Origin.PASTED: "p", Origin.IMPORTED: "i"}

_STYLE = """
:root { color-scheme: light dark; --page: #fbfaf7; --text: #222; --muted: #666; --line: #d8d5cd;
  --k: #cfe0fb; --p: #f7dcc4; --i: #e2e0da; }
@media (prefers-color-scheme: dark) { :root { --page: #1b1c1e; --text: #e4e2dd; --muted: #a3a09a;
  --line: #3c3d40; --k: #24406e; --p: #6b4220; --i: #3a3b3e; } }
body { background: var(--page); color: var(--text); font: 17px/1.6 serif; margin: 2em auto; max-width: 42em;
  padding: 0 1em; }
table { border-collapse: collapse; margin: 1em 0; } td, th { padding: .2em 1.2em .2em 0; text-align: left; }
td.n { text-align: right; } .text { border-top: 1px solid var(--line); overflow-wrap: anywhere;
  padding-top: 1em; white-space: pre-wrap; }
.k { background: var(--k); border-bottom: 2px solid; } .p { background: var(--p); border-bottom: 2px dashed; }
.i { background: var(--i); } .note, code { color: var(--muted); font-size: .85em; overflow-wrap: anywhere; }
"""


@dataclass(frozen=True, slots=True)
class Share:
    """The characters of one origin: what it is called, and how many they are of `total`."""

    origin: Origin
    name: str
    count: int
    total: int

    @property
    def percent(self) -> str:
        """The share in percent, with one decimal."""
        return f"{100 * self.count / self.total:.1f} %" if self.total else "–"


@dataclass(frozen=True, slots=True)
class PageWords:
    """The words of the page, in the language `language` (BCP 47); `names` are those of the origins.

    `facts` are lines about the document, each a title and a value; `note` says what the page proves.
    """

    language: str
    title: str
    names: dict[Origin, str]
    head: tuple[str, str, str]
    facts: Sequence[tuple[str, str]]
    note: str


def shares(text: str, runs: Sequence[Run], names: dict[Origin, str]) -> list[Share]:
    """The characters (code points) of each origin, in the order of `names`."""
    counts = dict.fromkeys(names, 0)
    for piece, origin in _pieces(text, runs):
        counts[origin] += len(piece)
    return [Share(origin, name, counts[origin], len(text)) for origin, name in names.items()]


def authorship_page(text: str, runs: Sequence[Run], words: PageWords) -> str:
    """The page of a text, whose `runs` are in UTF-16 units."""
    title = escape(words.title)
    facts = "".join(
        f"<tr><th>{escape(name)}</th><td><code>{escape(value)}</code></td></tr>"
        for name, value in words.facts
    )
    head = "".join(f"<th>{escape(name)}</th>" for name in words.head)
    rows = "".join(
        f'<tr><td><span class="{_CLASSES[share.origin]}">{escape(share.name)}</span></td>'
        f'<td class="n">{share.count:,}</td><td class="n">{share.percent}</td></tr>'
        for share in shares(text, runs, words.names)
    )
    body = "".join(
        f'<span class="{_CLASSES[origin]}" title="{escape(words.names[origin])}">{escape(piece)}</span>'
        if origin is not Origin.TYPED
        else escape(piece)
        for piece, origin in _pieces(text, runs)
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(words.language)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
        f"<table>{facts}</table>\n<table><tr>{head}</tr>{rows}</table>\n"
        f'<p class="note">{escape(words.note)}</p>\n<div class="text">{body}</div>\n</body>\n</html>\n'
    )


def _pieces(text: str, runs: Sequence[Run]) -> Iterator[tuple[str, Origin]]:
    """The pieces of a text with one origin each."""
    to_code_points = code_point_positions(text)
    start = at = 0
    for length, origin in joined((length, int(origin_of(tag))) for length, tag in runs):
        at += length
        end = to_code_points(at)
        yield text[start:end], Origin(origin)
        start = end
