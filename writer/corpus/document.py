"""The values of the corpus: documents and rejected files.

They are frozen and hold strings and numbers only, so they can be sent between processes as JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import PurePosixPath

from writer.base.errors import Sentence, UserError
from writer.text.characters import HAN
from writer.text.languages.names import language_name

DatedParts = tuple[tuple[date | None, int], ...]
"""The parts of a text, each with its date and its length in characters."""

_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_HAN = re.compile(f"[{HAN}]")


class RejectionReason(StrEnum):
    """Why a file is rejected. The values are stored in the cache."""

    UNREADABLE = "unreadable"
    GONE = "gone"
    OUTSIDE = "outside"
    LINK = "link"
    DEAD_LINK = "dead link"
    NO_FILE = "no file"
    EXCLUDED = "excluded"
    OLD_FORMAT = "old format"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    RECEIVED = "received"
    WHOSE = "whose"
    NOT_TEXT = "not text"
    EMPTY = "empty"
    NO_TEXT = "no text"
    UNSURE = "unsure"
    TOO_LARGE = "too large"
    TOO_SLOW = "too slow"
    TOO_MUCH_MEMORY = "too much memory"
    COPY = "same"
    CONTAINED = "contained"
    HELD_OUT = "held out"
    NOTHING_LEFT = "nothing left"
    FOREIGN = "foreign"
    TOO_FEW = "too few"


SENTENCES = {
    RejectionReason.UNREADABLE: "You may not read it; ask its owner for permission.",
    RejectionReason.GONE: "It went away while it was read; bring it back and look again.",
    RejectionReason.OUTSIDE: "It is a link that leads out of the folder; copy the file into the folder.",
    RejectionReason.LINK: "It is a link to {other}, where it is read; nothing needs to be done.",
    RejectionReason.DEAD_LINK: "It is a link that leads nowhere; put the file itself in its place.",
    RejectionReason.NO_FILE: "It is a pipe or a device, which is never opened; leave it out.",
    RejectionReason.EXCLUDED: (
        "The rule {other} leaves it out; rename it, or change the rule, if it shall be learned."
    ),
    RejectionReason.OLD_FORMAT: "It cannot be read here; open it in its own program and export it as .docx.",
    RejectionReason.ENCRYPTED: "It is encrypted; save a copy without a password.",
    RejectionReason.DAMAGED: "It is damaged; open it in its own program and save it again.",
    RejectionReason.RECEIVED: "It was written by somebody else; only your own mails are learned from.",
    RejectionReason.WHOSE: "It is not known whether you wrote it; say which mail addresses are yours.",
    RejectionReason.NOT_TEXT: "It holds no text, whatever its name says; leave it out.",
    RejectionReason.EMPTY: "It is empty; bring its content back, or leave it.",
    RejectionReason.NO_TEXT: "No text was found in it; if it is a scan, have its text recognised first.",
    RejectionReason.UNSURE: "Its encoding is not certain; save it as UTF-8.",
    RejectionReason.TOO_LARGE: "It is too large; split it.",
    RejectionReason.TOO_SLOW: "Reading it takes too long; save it as plain text.",
    RejectionReason.TOO_MUCH_MEMORY: "Reading it takes too much memory; split it or save it as plain text.",
    RejectionReason.COPY: "It says the same as {other}, from which is learned; nothing needs to be done.",
    RejectionReason.CONTAINED: "It is contained in {other}, from which is learned; nothing needs to be done.",
    RejectionReason.HELD_OUT: (
        "Most of it also stands in {other}, which is kept aside for the test; nothing needs to be done."
    ),
    RejectionReason.NOTHING_LEFT: (
        "Nothing of it is left without secrets and the lines that several files repeat; leave it out."
    ),
    RejectionReason.FOREIGN: "It is in {language}, which {other} does not write; it is not learned.",
    RejectionReason.TOO_FEW: (
        "It is in {language}, of which there is too little text here to learn; add more, or leave it."
    ),
}


_EXPORT_OF_PAGES = "They cannot be read here; in Pages, choose File, Export To, Word for each of them."

PLURALS = {
    RejectionReason.OLD_FORMAT: (
        "They cannot be read here; install LibreOffice, or export each as .docx from its own program."
    ),
    RejectionReason.RECEIVED: "They were written by somebody else; only your own mails are learned from.",
    RejectionReason.WHOSE: "It is not known whether you wrote them; say which mail addresses are yours.",
}
"""The sentences for all files of a kind, of the reasons that hold for many of it."""


class RejectedFile(Exception):  # noqa: N818
    """A file is rejected for this `reason`."""

    def __init__(self, reason: RejectionReason) -> None:
        self.reason = reason
        super().__init__(reason.value)


class CorpusError(UserError):
    """The folder or the disk cannot be used; `sentence` says why and what to do."""


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A document of the corpus.

    `name` is its path below the folder, with "/", `kind` a value of `scan.KINDS`, `sha256` the hash of the
    file's bytes. `words` counts each Han character as one. `date` is from the name or the document itself,
    else None. `language` is a code (ISO 639-1), "" where it is not told yet (`languages`), or none is known.
    `parts` are those that the text consists of, where it is of several days (`dated_parts`).
    """

    name: str
    kind: str
    text: str
    words: int
    characters: int
    date: date | None
    sha256: str
    language: str = ""
    parts: DatedParts = ()

    def with_text(self, text: str) -> SourceDocument:
        """The document with another text in place of its own."""
        return replace(self, text=text, words=count_words(text), characters=len(text))


@dataclass(frozen=True, slots=True)
class ExtractedText:
    """The text of a file, and its date where its content states one.

    `left_out` has the parts that are no part of the text, each with the reason; `parts` those that it
    consists of, where it is of several days (`dated_parts`).
    """

    text: str
    date: date | None
    left_out: tuple[tuple[str, RejectionReason], ...] = ()
    parts: DatedParts = ()


@dataclass(frozen=True, slots=True)
class Rejection:
    """A rejected file or folder, by name, and the reason.

    `other` is the document that it copies or that contains it, the target of a link, the rule that excludes
    it, or the model that does not write its `language`.
    """

    name: str
    reason: RejectionReason
    other: str = ""
    language: str = ""

    @property
    def sentence(self) -> Sentence:
        """The reason as a sentence that says what to do."""
        values: dict[str, object] = {"other": self.other} if self.other else {}
        if self.reason in (RejectionReason.FOREIGN, RejectionReason.TOO_FEW):
            values["language"] = language_name(self.language)
        return Sentence(SENTENCES[self.reason], values)


@dataclass(frozen=True, slots=True)
class RejectedKind:
    """Files of one kind that are rejected for one reason. `ending` is that of their names, in lower case."""

    ending: str
    reason: RejectionReason
    names: tuple[str, ...]

    @property
    def sentence(self) -> Sentence:
        """The reason as a sentence that says what to do with all of them."""
        is_pages = (self.reason, self.ending) == (RejectionReason.OLD_FORMAT, ".pages")
        return Sentence(_EXPORT_OF_PAGES if is_pages else PLURALS[self.reason])


def by_kind(rejections: Iterable[Rejection]) -> tuple[list[RejectedKind], list[Rejection]]:
    """The kinds of which several files are rejected for a reason of PLURALS, and the other rejections."""
    groups: dict[tuple[str, RejectionReason], list[Rejection]] = {}
    others: list[Rejection] = []
    for rejection in rejections:
        ending = PurePosixPath(rejection.name).suffix.lower()
        if ending and rejection.reason in PLURALS:
            groups.setdefault((ending, rejection.reason), []).append(rejection)
        else:
            others.append(rejection)
    kinds = []
    for (ending, reason), group in groups.items():
        if len(group) > 1:
            kinds.append(RejectedKind(ending, reason, tuple(rejection.name for rejection in group)))
        else:
            others += group
    return kinds, sorted(others, key=lambda rejection: rejection.name)


def make_document(name: str, kind: str, text: str, day: date | None, sha256: str) -> SourceDocument:
    """A document with its counts."""
    return SourceDocument(name, kind, text, count_words(text), len(text), day, sha256)


def count_words(text: str) -> int:
    """The number of words of a text; each Han character counts as one."""
    spaced, han = _HAN.subn(" ", text)
    return len(_WORD.findall(spaced)) + han
