"""The conversions of import and export, run in a thread and imported late."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QBuffer

from writer.base.errors import UserError, os_reason
from writer.base.progress import Cancelled
from writer.base.regular_file import NotRegularError, TooLargeError, read_regular
from writer.base.user_files import user_file
from writer.documents import pandoc
from writer.text.language import language_of
from writer.ui.printing.page_layout import default_page_layout, lay_out, pdf_writer, print_pages

PDF = ".pdf"
_LANGUAGES = {"en": "en-US", "zh": "zh-CN"}


def import_extensions() -> tuple[str, ...]:
    """The file extensions that `read` supports."""
    return tuple(ending for kind in pandoc.IMPORT_FORMATS for ending in kind.endings)


def export_formats() -> dict[str, str]:
    """The file extensions that `write` supports, with the name of each format."""
    return {kind.endings[0]: kind.name for kind in pandoc.EXPORT_FORMATS} | {PDF: "PDF"}


def write(
    path: Path, text: str, title: str, markdown: bool, families: Sequence[str], cancelled: Callable[[], bool]
) -> None:
    """Write a text in the format of the extension of `path`. Raises UserError, Cancelled."""
    if path.suffix.lower() == PDF:
        _write_pdf(path, text, title, markdown, families, cancelled)
        return
    target = pandoc.format_of(path.name, pandoc.EXPORT_FORMATS)
    if target is None:
        raise UserError(
            "{name} cannot be written; end its name with .docx, .odt, .epub, .html or .pdf.", name=path.name
        )
    language = _LANGUAGES[language_of(text[:4000])]
    content = pandoc.from_text(text, target, title, language, markdown, cancelled)
    with _as_user_error(path):
        user_file.write(path, content)


def read(path: Path, cancelled: Callable[[], bool]) -> pandoc.Imported:
    """The document at `path` as Markdown. Raises UserError, Cancelled."""
    source = pandoc.format_of(path.name, pandoc.IMPORT_FORMATS)
    if source is None:
        raise UserError(
            "{name} cannot be imported; save it as .docx, .odt, .rtf, .epub, .html or .tex.", name=path.name
        )
    with _as_user_error(path):
        try:
            data, _ = read_regular(path, pandoc.MAX_BYTES)
        except NotRegularError as error:
            raise UserError("{name} is not a file; choose a document.", name=path.name) from error
        except TooLargeError as error:
            raise UserError("{name} is too large to be converted; split it first.", name=path.name) from error
    return pandoc.to_markdown(data, source, path.name, cancelled)


def _write_pdf(
    path: Path, text: str, title: str, markdown: bool, families: Sequence[str], cancelled: Callable[[], bool]
) -> None:
    """Write a PDF. It is painted in memory first, because Qt does not report a full disk."""
    paper, painted = default_page_layout(), QBuffer()
    painted.open(QBuffer.OpenModeFlag.WriteOnly)
    with _as_user_error(path):
        pages = lay_out(text, markdown, families, paper)
        if not print_pages(pdf_writer(painted, title, paper), pages, cancelled=cancelled):
            raise OSError(0, "no room, or no permission")
        if cancelled():
            raise Cancelled
        user_file.write(path, bytes(painted.data().data()))


@contextmanager
def _as_user_error(path: Path) -> Iterator[None]:
    """Raise an OSError as a UserError."""
    try:
        yield
    except OSError as error:
        raise UserError(
            "{name} cannot be used ({reason}); check who may use its folder.",
            name=path.name,
            reason=os_reason(error),
        ) from error
