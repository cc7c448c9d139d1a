"""Every shared file in an old encoding, every naughty text: opened, edited, saved.

    python -m tests.benchmarks.encodings

Right, asked about (and whether the truth is among the choices), wrong, refused; and whether saving after an
edit in front changes no byte behind it.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.conftest import SHARED
from writer.documents.text_file import DocumentError, LoadedText, read_document, write_document


def main() -> int:
    """Print the figures; the exit status is 1 where a row is missed."""
    files = [file for file in sorted((SHARED / "encodings").glob("*/*")) if file.is_file()]
    found = Counter((file.parent.name == "none", _outcome(file)) for file in files)
    texts = sum(count for (binary, _), count in found.items() if not binary)
    for (binary, outcome), count in sorted(found.items()):
        print(f"{'binary' if binary else 'text':8} {outcome:12} {count:5}")
    well = found[False, "right"] + found[False, "asked"]
    big5 = Counter(_outcome(file) for file in files if file.parent.name == "big5")
    refused = found[True, "refused"] == sum(count for (binary, _), count in found.items() if binary)
    print(f"right or asked about {well}/{texts} = {100 * well / texts:.1f} %; Big5 {dict(big5)}")
    naughty = [file for file in sorted((SHARED / "naughty").rglob("*.*")) if file.is_file()]
    kept = Counter(_kept(file) for file in [*files, *naughty])
    print(f"saved after an edit, no other byte changed: {dict(kept)}")
    return int(well < 0.98 * texts or set(big5) != {"right"} or not refused or bool(kept["changed"]))


def _outcome(file: Path) -> str:
    try:
        loaded = read_document(file)
    except DocumentError:
        return "refused"
    if file.parent.name == "none":
        return "opened"
    truth = file.read_bytes().decode(file.parent.name).removeprefix("\ufeff")
    if not loaded.candidates:
        return "right" if _text(loaded) == truth else "wrong"
    offered = any(_text(read_document(file, c.encoding)) == truth for c in loaded.candidates)
    return "asked" if offered else "asked, untrue"


def _text(loaded: LoadedText) -> str:
    text = loaded.text.replace("\n", loaded.form.newline)
    for original, stand_in in loaded.form.stand_ins:
        text = text.replace(stand_in, original)
    return text


def _kept(file: Path) -> str:
    with tempfile.TemporaryDirectory(prefix="writer-bench-") as folder:
        copy, data = Path(folder) / "copy", file.read_bytes()
        copy.write_bytes(data)
        try:
            loaded = read_document(copy)
        except DocumentError:
            return "refused"
        write_document(copy, loaded.text + "\nab", loaded.form, loaded.version)
        return "kept" if copy.read_bytes().startswith(data) else "changed"


if __name__ == "__main__":
    sys.exit(main())
