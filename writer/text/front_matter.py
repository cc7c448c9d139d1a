"""Front matter: lines of YAML between `---` at the start of a Markdown text; only its title is read."""

from __future__ import annotations

import re

FENCE = "---"
MAX_LINES = 100
"""The most lines of front matter; a rule at the start of a text opens none."""

_ENDS = (FENCE, "...")
_TITLE = re.compile(r"title[ \t]*:[ \t]*(.*)$", re.IGNORECASE)
_FIELD = re.compile(r"[A-Za-z_][\w -]*:(?:\s|$)")


def closes_front_matter(line: str) -> bool:
    """Whether a line ends the front matter."""
    return line.rstrip() in _ENDS
