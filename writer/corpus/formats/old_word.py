"""Programs that read the documents of Word before 2007, where one is installed: antiword, catdoc."""

from __future__ import annotations

import shutil

_ARGUMENTS = {
    "antiword": ("-w", "0", "-m", "UTF-8.txt", "-"),
    "catdoc": ("-w", "-d", "utf-8"),
}
"""The programs, the best first, and what lets them write UTF-8 in unwrapped lines from standard input."""


def command() -> list[str]:
    """The command that writes the text of a document from standard input; empty where there is none."""
    for program, arguments in _ARGUMENTS.items():
        if path := shutil.which(program):
            return [path, *arguments]
    return []
