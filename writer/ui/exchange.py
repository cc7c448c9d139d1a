"""Import and export: documents of other programs come in as Markdown, texts go out as theirs or as PDF."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QFileDialog, QProgressDialog

from writer import pandoc
from writer.children import CancelledError
from writer.settings.editing import EDITOR_FONT, EDITOR_MARKDOWN
from writer.settings.files import replace_file
from writer.settings.store import SettingsStore
from writer.text.context import language_of
from writer.text.errors import UserError
from writer.ui.dialogs import choose_file, tell
from writer.ui.file_flow import FileFlow
from writer.ui.language import localised
from writer.ui.main_window import FONTS, MainWindow
from writer.ui.paper import lay_out, pdf, print_pages, usual_paper

T = TypeVar("T")

PDF = ".pdf"
_PATIENCE_MS = 700
"""How long a conversion takes before a window with a button to stop it is shown."""

_LANGUAGES = {"en": "en-US", "zh": "zh-CN"}


class Exchange(QObject):
    """Connects the import and export actions of `window`; `files` shows what comes in."""

    def __init__(
        self,
        window: MainWindow,
        files: FileFlow,
        settings: SettingsStore,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._files = files
        self._settings = settings
        self._loop = loop
        self._pool: ThreadPoolExecutor | None = None
        self._stop = Event()
        self._tasks: set[asyncio.Task[None]] = set()
        actions = window.actions_by_name
        actions["file.import"].triggered.connect(lambda: self._start(self._import))
        actions["file.export"].triggered.connect(lambda: self._start(self._export))

    async def close(self) -> None:
        """Give up what is being converted."""
        self._stop.set()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def _start(self, flow: Callable[[], Coroutine[object, object, None]]) -> None:
        if not self._tasks:
            task = self._loop.create_task(self._guarded(flow))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _guarded(self, flow: Callable[[], Coroutine[object, object, None]]) -> None:
        try:
            await flow()
        except CancelledError:
            self._window.status.say(self.tr("Stopped."))
        except UserError as error:
            await tell(self._window, localised(str(error)))

    async def _import(self) -> None:
        endings = " ".join(f"*{ending}" for kind in pandoc.READ for ending in kind.endings)
        dialog = QFileDialog(self._window, self.tr("Import"), str(Path.home()))
        dialog.setNameFilters([self.tr("Documents ({endings})").format(endings=endings)])
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        chosen = await choose_file(dialog)
        if not chosen:
            return
        path = Path(chosen)
        text = await self._converted(lambda: _read(path, self._stop.is_set), path.name)
        await self._files.take_in(text)
        self._window.status.say(self.tr("Imported; save it as a text of its own."))

    async def _export(self) -> None:
        dialog = QFileDialog(self._window, self.tr("Export"), str(self._files.folder()))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        kinds = {kind.endings[0]: kind.name for kind in pandoc.WRITTEN} | {PDF: "PDF"}
        dialog.setNameFilters([f"{name} (*{ending})" for ending, name in kinds.items()])
        title = self._window.editor.title or self.tr("Untitled")
        dialog.setDefaultSuffix("docx")
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(chosen.split("*.")[-1][:-1]))
        dialog.selectFile(title)
        chosen = await choose_file(dialog)
        if not chosen:
            return
        path, text = Path(chosen), self._window.editor.text()
        await self._converted(lambda: self._write(path, text, title), path.name)
        self._window.status.say(self.tr("Exported to {name}.").format(name=path.name))

    def _write(self, path: Path, text: str, title: str) -> None:
        """Runs in the thread of conversions."""
        markdown = self._settings.get(EDITOR_MARKDOWN)
        if path.suffix.lower() == PDF:
            _write_pdf(path, text, title, markdown, FONTS[self._settings.get(EDITOR_FONT)], self._stop.is_set)
            return
        target = pandoc.format_of(path.name, pandoc.WRITTEN)
        if target is None:
            raise UserError(
                f"{path.name} cannot be written; end its name with .docx, .odt, .epub, .html or .pdf."
            )
        language = _LANGUAGES[language_of(text[:4000])]
        content = pandoc.from_text(text, target, title, language, markdown, self._stop.is_set)
        with _told(path):
            replace_file(path, content)

    async def _converted(self, work: Callable[[], T], name: str) -> T:
        """What `work` makes in a thread; if it takes long, a small window shows it and can stop it."""
        self._stop.clear()
        progress = QProgressDialog(self._window)
        progress.setLabelText(self.tr("Converting {name}…").format(name=name))
        progress.setCancelButtonText(self.tr("Stop"))
        progress.setRange(0, 0)
        progress.reset()  # it has a clock of its own, which does not know how long this takes
        patience = QTimer(progress, singleShot=True, interval=_PATIENCE_MS)
        patience.timeout.connect(progress.show)
        patience.start()
        progress.canceled.connect(self._stop.set)
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="converting")
        try:
            return await asyncio.wrap_future(self._pool.submit(work), loop=self._loop)
        finally:
            progress.canceled.disconnect(self._stop.set)
            progress.close()
            progress.deleteLater()


def _read(path: Path, cancelled: Callable[[], bool]) -> str:
    source = pandoc.format_of(path.name, pandoc.READ)
    if source is None:
        raise UserError(
            f"{path.name} cannot be imported; save it as .docx, .odt, .rtf, .epub, .html or .tex."
        )
    with _told(path):
        data = path.read_bytes()
    return pandoc.to_markdown(data, source, path.name, cancelled)


def _write_pdf(
    path: Path, text: str, title: str, markdown: bool, families: Sequence[str], cancelled: Callable[[], bool]
) -> None:
    """Write beside the file first, so that it is old or new, and whole."""
    paper, unfinished = usual_paper(), path.with_name(f".{path.name}.part")
    with _told(path):
        try:
            pages = lay_out(text, markdown, families, paper)
            if not print_pages(pdf(str(unfinished), title, paper), pages, cancelled=cancelled):
                raise OSError(0, "no room, or no permission")
            if cancelled():
                raise CancelledError
            os.replace(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say in a sentence what is wrong with a file."""
    try:
        yield
    except OSError as error:
        reason = error.strerror
        raise UserError(f"{path.name} cannot be used ({reason}); check who may use its folder.") from error
