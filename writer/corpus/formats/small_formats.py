"""Formats of which little is not prose: notes of Evernote and Joplin, screenplays, subtitles, flat ODT."""

from __future__ import annotations

import io
import re
import tarfile
import zipfile
from collections.abc import Iterator
from html import escape, unescape

from writer.corpus.document import RejectedFile, RejectionReason

_NOTE = re.compile(r"<note>(.*?)</note>", re.S)
_TITLE = re.compile(r"<title>(.*?)</title>", re.S)
_CONTENT = re.compile(r"<content[^>]*>(.*?)</content>", re.S)
_CREATED = re.compile(r"<created>(\d{8})T")
_JOPLIN_CREATED = re.compile(r"^created_time: (\d{4}-\d\d-\d\d)T", re.M)
_CDATA = re.compile(r"\s*<!\[CDATA\[(.*?)\]\]>\s*\Z", re.S)
_NOTE_BODY = re.compile(r"<en-note\b[^>]*>(.*)</en-note>", re.S)
_NOTE_PARTS = re.compile(r"<en-(?:media|todo)\b[^>]*/?>|</en-(?:media|todo)>|<en-crypt\b.*?</en-crypt>", re.S)

_BONEYARD = re.compile(r"/\*.*?\*/|\[\[.*?\]\]", re.S)
_TITLE_PAGE = re.compile(r"\A(?:[A-Z][\w ]{0,30}:.*\n(?:[ \t]+.*\n)*)+\n")
_OUTLINE = re.compile(r"^(?:#{1,6}|=).*\n?", re.M)
_FORCED = re.compile(r"^(?:[!@~]|\.(?=[^.])|>[ \t]*(?=.*<[ \t]*$))", re.M)
_CENTRED_END = re.compile(r"[ \t]*<[ \t]*$", re.M)

_TIMES = re.compile(r"\d+:\d\d:\d\d[,.]\d{1,3}\s*-->.*")
_TAGS = re.compile(r"</?[a-zA-Z][^<>]*>|\{\\[^{}]*\}")
_SENTENCE_END = re.compile(r"[.!?。！？…♪)\]][\"'”’»]*$")

_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_STYLES = (
    f'<office:document-styles xmlns:office="{_OFFICE}"><office:styles/><office:automatic-styles/>'
    "<office:master-styles/></office:document-styles>"
)
_FLAT_ROOT = re.compile(rb"<(/?)office:document(?=[\s>])")


def evernote_notes(source: str) -> Iterator[tuple[str, str]]:
    """The notes of an export of Evernote (.enex) as HTML, each with its date, "" where it has none."""
    for note in _NOTE.findall(source):
        created = _CREATED.search(note)
        yield _note_html(note), created[1] if created else ""


def joplin_notes(data: bytes) -> Iterator[tuple[str, str]]:
    """The files of an export of Joplin (.jex) in Markdown, each with its date, "" where it has none.

    Raises RejectedFile.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for member in archive:
                file = archive.extractfile(member) if member.name.endswith(".md") else None
                if file is not None and member.size <= len(data):
                    note = file.read().decode("utf-8", "replace")
                    created = _JOPLIN_CREATED.search(note)
                    yield note, created[1] if created else ""
    except (tarfile.TarError, KeyError, ValueError) as error:  # KeyError: a link to nothing
        raise RejectedFile(RejectionReason.DAMAGED) from error


def _note_html(note: str) -> str:
    title, content = _TITLE.search(note), _CONTENT.search(note)
    inner = content[1] if content else ""
    cdata = _CDATA.match(inner)
    source = cdata[1] if cdata else unescape(inner)
    body = _NOTE_BODY.search(source)
    heading = f"<h1>{escape(unescape(title[1].strip()), quote=False)}</h1>" if title else ""
    return heading + f"<div>{_NOTE_PARTS.sub('', body[1]) if body else ''}</div>"


def screenplay_text(source: str) -> str:
    """The text of a screenplay in Fountain, without title page, notes, outline and marks of elements."""
    text = _OUTLINE.sub("", _TITLE_PAGE.sub("", _BONEYARD.sub("", source)))
    return _CENTRED_END.sub("", _FORCED.sub("", text))


def subtitle_text(source: str) -> str:
    """The sentences of subtitles (.srt), without numbers, times and tags."""
    return "\n".join(_sentences(source))


def _sentences(source: str) -> Iterator[str]:
    sentence = ""
    for block in re.split(r"\n[ \t]*\n", source):
        lines = [_TAGS.sub("", line).strip() for line in block.split("\n")]
        times = next((place for place, line in enumerate(lines) if _TIMES.match(line)), -1)
        for line in filter(None, lines[times + 1 :]):
            if line.startswith(("-", "–")) and sentence:
                yield sentence
                sentence = ""
            sentence = f"{sentence} {line}".strip()
        if sentence and _SENTENCE_END.search(sentence):
            yield sentence
            sentence = ""
    if sentence:
        yield sentence


def zipped_opendocument(data: bytes) -> bytes:
    """A flat OpenDocument text (.fodt) as the archive that readers expect."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", _FLAT_ROOT.sub(rb"<\1office:document-content", data))
        archive.writestr("styles.xml", _STYLES)
    return file.getvalue()
