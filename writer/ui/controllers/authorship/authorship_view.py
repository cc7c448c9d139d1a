"""The view of the origins over the text: colours behind it, their shares in a bar, and the export of both."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QLocale, QObject, QTimer
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QFileDialog

from writer import __version__
from writer.base.errors import UserError, os_reason
from writer.base.printable import printable
from writer.base.task_pool import TaskPool
from writer.base.user_files import user_file
from writer.documents.authorship.authorship_page import PageWords, authorship_page
from writer.documents.authorship.origin import Origin, Run, origin_of
from writer.documents.file_name import with_ending
from writer.ui.common.dialogs import choose_files, file_dialog, show_message
from writer.ui.common.theme import Theme, ThemeSwitcher
from writer.ui.common.translation import localised
from writer.ui.controllers.authorship.follower import DocumentFollower
from writer.ui.controllers.files import FileController
from writer.ui.editor.text_geometry import ShownBlock
from writer.ui.panels.authorship_bar import AuthorshipBar, mixed, paint_origin
from writer.ui.window.main_window import MainWindow

_PAUSE_MS = 300
"""The time from a change to the new shares."""

_ENDING = ".html"


class AuthorshipView(QObject):
    """Shows the origins of the current text, of which `current` returns the follower, in `window`."""

    def __init__(
        self,
        window: MainWindow,
        files: FileController,
        themes: ThemeSwitcher,
        tasks: TaskPool,
        current: Callable[[], DocumentFollower | None],
        on_close: Callable[[], None],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._files = files
        self._tasks = tasks
        self._current = current
        self._colours: dict[Origin, tuple[QColor, QColor]] = {}
        self._shown = False
        self.bar = AuthorshipBar()
        self.bar.export_requested.connect(self.export)
        self.bar.dismissed.connect(on_close)
        window.add_bar(self.bar)
        window.editor.underlays.append(self)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._refresh)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)

    def show(self, shown: bool) -> None:
        """Show or hide the origins."""
        self._shown = shown
        self.bar.setVisible(shown)
        self._refresh()

    def update_later(self) -> None:
        """Show what changed, soon and once for several changes."""
        if self._shown and not self._pause.isActive():
            self._pause.start()

    def is_active(self) -> bool:
        """See `Decoration`."""
        return self._shown and self._current() is not None

    def paint(self, painter: QPainter, shown: ShownBlock) -> None:
        """See `Decoration`."""
        follower = self._current()
        if follower is None:
            return
        begin, runs = shown.block.position(), follower.tracked.runs
        place, end = shown.start, min(begin + shown.end, runs.length)
        for length, tag in runs.between(begin + shown.start, end):
            origin = origin_of(tag)
            if origin is not Origin.TYPED:
                fill, line = self._colours[origin]
                for band in shown.bands(place, place + length):
                    paint_origin(painter, band.adjusted(0, 2, 0, -2), origin, fill, line)
            place += length

    def export(self) -> None:
        """Ask for a file, and write the page of the current text into it."""
        if not self._tasks.busy:
            self._tasks.start(self._export())

    async def _export(self) -> None:
        follower, window = self._current(), self._window
        if follower is None:
            window.status.show_message(self.bar.text.text())
            return
        text, runs = follower.opened.whole_text(), follower.tracked.runs.runs()
        words = self._words(follower, text)
        dialog = file_dialog(window, self.tr("Export"), str(self._files.folder()))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(_ENDING[1:])
        name = follower.opened.title or self.tr("Untitled")
        dialog.selectFile(self.tr("{name}, where it comes from").format(name=printable(name)) + _ENDING)
        chosen = await choose_files(dialog)
        if not chosen:
            return
        path = Path(chosen[0]).with_name(with_ending(Path(chosen[0]).name, _ENDING, (_ENDING,)))
        if path.exists():
            path = Path(chosen[0])  # the dialog has asked about that one alone
        try:
            await self._tasks.run(_write, path, text, runs, words)
        except UserError as error:
            await show_message(window, localised(error))
        else:
            window.status.show_message(self.tr("Exported to {name}.").format(name=printable(path.name)))

    def _words(self, follower: DocumentFollower, text: str) -> PageWords:
        """The words of the page; the hash is that of the file, where it holds the text."""
        document = follower.opened.document
        in_file = bool(document.digest) and not follower.opened.text.isModified()
        digest = document.digest if in_file else hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        hashed = self.tr("SHA-256 of the file") if in_file else self.tr("SHA-256 of the text in UTF-8")
        locale = self._window.locale()
        time = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %z")
        return PageWords(
            language=locale.bcp47Name() if locale.language() != QLocale.Language.C else "en",
            title=document.name or self.tr("Untitled"),
            names=self.bar.names(),
            head=(self.tr("Where the text comes from"), self.tr("Characters"), self.tr("Share")),
            facts=((self.tr("Written on"), time), (hashed, digest), ("Writer", __version__)),
            note=self.tr(
                "Recorded while the text was written, on the writer's own computer. It tells how the "
                "characters came into the text, not who sat at the keys, and it is not signed."
            ),
        )

    def _refresh(self) -> None:
        follower = self._current()
        counts = None if follower is None else dict.fromkeys(Origin, 0)
        if follower is not None and counts is not None:
            for tag, count in follower.tracked.runs.totals.items():
                counts[origin_of(tag)] += count
        self.bar.show_counts(counts)
        self._window.editor.viewport().update()

    def _apply_theme(self, theme: Theme) -> None:
        colours = theme.colours
        for origin, colour in (
            (Origin.TYPED, colours.page),
            (Origin.TAKEN, colours.accent),
            (Origin.PASTED, colours.warning),
            (Origin.IMPORTED, colours.muted),
        ):
            fill, line = mixed(colour, colours.page, 0.2), mixed(colour, colours.page, 0.7)
            self._colours[origin] = fill, line
            self.bar.swatches[origin].set_colours(fill, line)
        self._window.editor.viewport().update()


def _write(path: Path, text: str, runs: list[Run], words: PageWords) -> None:
    """Write the page. Raises UserError."""
    try:
        user_file.write(path, authorship_page(text, runs, words).encode("utf-8", "replace"))
    except OSError as error:
        raise UserError(
            "{name} cannot be used ({reason}); check who may use its folder.",
            name=path.name,
            reason=os_reason(error),
        ) from error
