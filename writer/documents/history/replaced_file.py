"""What a file holds before it is replaced, which is kept as a version, too."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from writer.base.regular_file import read_regular
from writer.documents.encoding_detection import detect_and_decode
from writer.documents.history.version_file import VersionText
from writer.documents.text_file import MAX_BYTES
from writer.documents.text_format import TooFewStandInsError, decode


@dataclass(frozen=True, slots=True)
class ReplacedFile:
    """The bytes of a file, when it was changed (milliseconds since 1970), and its encoding or ""."""

    data: bytes
    time: int
    encoding: str = ""

    def decoded(self) -> VersionText | None:
        """The text; None where it is none. An unknown encoding is detected."""
        found = None if self.encoding else detect_and_decode(self.data)
        encoding = found.encoding if found is not None else self.encoding
        try:
            text, form = decode(self.data, encoding) if encoding else ("", None)
        except (UnicodeDecodeError, TooFewStandInsError):
            return None
        return VersionText(text, form.stand_ins) if form is not None else None


def read_replaced(path: Path, encoding: str) -> ReplacedFile | None:
    """The file at `path`, which is about to be replaced; None where it cannot be read, or is empty."""
    try:
        data, status = read_regular(path, MAX_BYTES)
    except OSError:
        return None
    return ReplacedFile(data, max(0, status.st_mtime_ns // 1_000_000), encoding) if data else None
