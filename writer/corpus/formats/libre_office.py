"""LibreOffice, where it is installed: it converts documents that nothing else here reads to Word's .docx.

It runs without a window, in a temporary folder with a profile of its own, so that no macros are trusted and
nothing of the user's own LibreOffice is changed. Where the process that starts it is confined, it has neither
network nor much memory.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path

from writer.base import paths
from writer.base.child_process import Limits, run
from writer.base.leftovers import new_name, temporary_folder

SECONDS = 60.0
"""The time limit of a conversion; the first start with a new profile takes some seconds."""

_NAMES = ("soffice", "libreoffice")
_PLACES = {
    "win32": (r"C:\Program Files\LibreOffice\program\soffice.exe",),
    "darwin": ("/Applications/LibreOffice.app/Contents/MacOS/soffice",),
}
_OPTIONS = ("--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo")


def program() -> str:
    """The path of LibreOffice; "" where it is not installed."""
    found = (shutil.which(name) for name in _NAMES)
    places = (place for place in _PLACES.get(sys.platform, ()) if Path(place).is_file())
    return next(filter(None, found), "") or next(places, "")


def to_docx(office: str, data: bytes, ending: str, limits: Limits) -> bytes:
    """A document as .docx; `ending` is that of its file with the point. `limits` but for the time hold.

    Raises LimitError, ChildError, and OSError, also where LibreOffice cannot read it: it then writes no file
    and says nothing by its exit status.
    """
    with temporary_folder(new_name(paths.cache_dir())) as folder:
        source = folder / f"document{ending}"
        source.write_bytes(data)
        profile = (folder / "profile").as_uri()
        command = [office, f"-env:UserInstallation={profile}", *_OPTIONS, "--convert-to", "docx"]
        home = {"HOME": str(folder), "TMPDIR": str(folder)}
        run(
            [*command, "--outdir", str(folder / "converted"), str(source)],
            limits=replace(limits, seconds=SECONDS, file=limits.output, patience=1.0),
            environment=home,
        )
        return (folder / "converted" / "document.docx").read_bytes()
