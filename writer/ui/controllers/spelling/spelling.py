"""A controller for spelling: underlines misspelled words, and offers corrections in the context menu."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, QRectF
from PySide6.QtGui import QAction, QColor, QPainter, QPainterPath, QPen, QTextBlock, QTextCursor
from PySide6.QtWidgets import QMenu

from writer.app.documents.spelling_service import SpellingService
from writer.base.errors import UserError
from writer.base.task_pool import TaskPool
from writer.documents.dictionaries import Dictionary
from writer.text.languages.scripts import letters_of
from writer.text.spell_words import CheckableWord, checkable_words
from writer.ui.common.theme import Theme, ThemeSwitcher
from writer.ui.common.translation import localised
from writer.ui.common.widgets import insert_on_top
from writer.ui.editor.text_document import text_near
from writer.ui.editor.text_geometry import ShownBlock
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow

_WAVE_STEP = 4.0
_WAVE_HEIGHT = 1.5
"""Half the wavelength and the amplitude of the underline, in pixels."""

_MAX_WORDS = 2_000
"""The number of words that are checked in one request of the search for the next misspelled one."""

_MAX_CACHED_BLOCKS = 256
"""The number of blocks whose words are cached, so that painting parses changed blocks only."""

_AROUND = 10_000
"""The characters on both sides of a block's visible part whose words are looked for, too."""


class SpellingController(QObject):
    """Connects a window's editor with `spelling`. `is_code` tells whether a block is code.

    `is_foreign` tells whether a paragraph is in another language than a dictionary, `why_off` says why
    nothing is checked.
    """

    def __init__(
        self,
        window: MainWindow,
        spelling: SpellingService,
        is_code: Callable[[int], bool],
        is_foreign: Callable[[str, Dictionary], bool],
        why_off: Callable[[], str],
        themes: ThemeSwitcher,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._editor = window.editor
        self._spelling = spelling
        self._is_code = is_code
        self._is_foreign = is_foreign
        self._why_off = why_off
        self._tasks = TaskPool(loop, "spelling")
        self._typing = False
        self._words_by_block: dict[int, tuple[tuple[int, str], tuple[CheckableWord, ...]]] = {}
        self._dictionary = spelling.dictionary
        self._colour = QColor()
        self._apply_colours(themes.theme)
        themes.changed.connect(self._apply_colours)
        spelling.changed.connect(lambda: self._editor.viewport().update())
        self._editor.underlays.append(self)
        self._editor.menu_fillers.append(self.fill_menu)
        self._editor.textChanged.connect(lambda: self._set_typing(typing=True))
        self._editor.moved.connect(lambda: self._set_typing(typing=False))
        window.actions_by_name.connect({ActionId.SPELL_NEXT: lambda: self._tasks.start(self._go_to_next())})

    def is_active(self) -> bool:
        """See `Decoration`."""
        return self._spelling.enabled

    def paint(self, painter: QPainter, shown: ShownBlock) -> None:
        """See `Decoration`. The word being typed is not underlined."""
        if self._is_code(shown.block.blockNumber()):
            return
        cursor = self._editor.textCursor()
        open_at = cursor.positionInBlock() if self._typing and cursor.block() == shown.block else -1
        for word in self._words_of(shown.block, shown.start, shown.end):
            if word.end != open_at and self._spelling.is_misspelled(word.text):
                for band in shown.bands(word.start, word.end):
                    self._draw_wave(painter, band)

    def fill_menu(self, menu: QMenu, cursor: QTextCursor) -> None:
        """Insert actions for the misspelled word at `cursor`; corrections are added when they arrive."""
        word = self._misspelled_at(cursor)
        if word is None:
            return
        waiting = QAction(self.tr("Looking for suggestions…"), menu)
        waiting.setEnabled(False)
        add = QAction(self.tr("Add “{word}” to the Dictionary").format(word=word.text), menu)
        add.triggered.connect(lambda: self._add_word(word.text))
        ignore = QAction(self.tr("Ignore “{word}”").format(word=word.text), menu)
        ignore.triggered.connect(lambda: self._spelling.ignore(word.text))
        insert_on_top(menu, [waiting, add, ignore])
        menu.insertSeparator(add)
        place = cursor.block().position()
        span = (place + word.start, place + word.end)
        self._tasks.start(self._suggest(menu, waiting, word.text, span, self._editor.revision))

    async def close(self) -> None:
        """Cancel running requests."""
        await self._tasks.close(cancel=True)

    async def _suggest(
        self, menu: QMenu, waiting: QAction, word: str, span: tuple[int, int], revision: int
    ) -> None:
        destroyed: list[bool] = []
        menu.destroyed.connect(lambda: destroyed.append(True))
        found = await self._spelling.suggestions(word)
        if destroyed:
            return
        for text in found:
            action = QAction(text, menu)
            action.triggered.connect(lambda _checked, text=text: self._replace(span, text, revision))
            menu.insertAction(waiting, action)
        if found:
            menu.removeAction(waiting)
            menu.setActiveAction(menu.actions()[0])
        else:
            waiting.setText(self.tr("No suggestions"))

    def _replace(self, span: tuple[int, int], text: str, revision: int) -> None:
        if revision == self._editor.revision:
            self._editor.replace(*span, text)

    def _add_word(self, word: str) -> None:
        try:
            notice = self._spelling.add_word(word)
        except UserError as error:
            self._window.status.show_message(localised(error))
        else:
            if notice is not None:
                self._window.status.show_message(localised(notice))

    def _misspelled_at(self, cursor: QTextCursor) -> CheckableWord | None:
        place = cursor.positionInBlock()
        if not self._spelling.enabled or self._is_code(cursor.blockNumber()):
            return None
        words = (w for w in self._words_of(cursor.block(), place, place) if w.start <= place <= w.end)
        return next((word for word in words if self._spelling.is_misspelled(word.text)), None)

    async def _go_to_next(self) -> None:
        """Select the next misspelled word behind the cursor, continuing at the start of the text."""
        if not self._spelling.enabled:
            self._window.status.show_message(self._why_off())
            return
        editor, revision = self._editor, self._editor.revision
        for words in self._words_from(editor.textCursor().selectionEnd()):
            found = await self._spelling.first_misspelled([word.text for word in words])
            if revision != editor.revision:
                return
            if found is not None:
                editor.select(words[found].start, words[found].end)
                editor.open_menu()
                return
        self._window.status.show_message(self.tr("No misspelt word was found."))

    def _words_from(self, begin: int) -> Iterator[list[CheckableWord]]:
        """All words behind a position, then those before it, in batches, with positions in the document."""
        document = self._editor.document()
        for start, end in ((begin, document.characterCount()), (0, begin)):
            block = document.findBlock(start)
            words: list[CheckableWord] = []
            while block.isValid() and block.position() < end:
                at = block.position()
                if not self._is_code(block.blockNumber()):
                    placed = (
                        CheckableWord(at + w.start, at + w.end, w.text) for w in self._words_in(block.text())
                    )
                    words += (word for word in placed if start <= word.start < end)
                if len(words) >= _MAX_WORDS:
                    yield words
                    words = []
                block = block.next()
            yield words

    def _words_of(self, block: QTextBlock, start: int, end: int) -> tuple[CheckableWord, ...]:
        """The words of a block; of a long one those from `start` to `end` and some around them.

        One version is cached for each block number.
        """
        number = block.blockNumber()
        text, offset = text_near(block, start, end, _AROUND)
        if self._dictionary != self._spelling.dictionary:
            self._dictionary = self._spelling.dictionary
            self._words_by_block.clear()
        known, words = self._words_by_block.get(number, (None, ()))
        if known != (offset, text):
            words = tuple(
                CheckableWord(offset + word.start, offset + word.end, word.text)
                for word in self._words_in(text)
            )
            if len(self._words_by_block) >= _MAX_CACHED_BLOCKS:
                self._words_by_block.clear()
            self._words_by_block[number] = ((offset, text), words)
        return words

    def _words_in(self, text: str) -> tuple[CheckableWord, ...]:
        """The words of a paragraph that the dictionary in use can judge."""
        dictionary = self._spelling.dictionary
        if dictionary is None or self._is_foreign(text, dictionary):
            return ()
        return checkable_words(text, letters_of(dictionary.name))

    def _set_typing(self, typing: bool) -> None:
        if typing != self._typing:
            self._typing = typing
            if self._spelling.enabled:
                self._editor.viewport().update()

    def _apply_colours(self, theme: Theme) -> None:
        self._colour = QColor(theme.colours.warning)

    def _draw_wave(self, painter: QPainter, band: QRectF) -> None:
        """Draw a wavy underline below a word."""
        y = band.bottom() - band.height() * 0.17
        path = QPainterPath()
        path.moveTo(band.left(), y)
        x, up = band.left(), True
        while x < band.right():
            end = min(x + _WAVE_STEP, band.right())
            path.quadTo((x + end) / 2, y + (-2 if up else 2) * _WAVE_HEIGHT, end, y)
            x, up = end, not up
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._colour, 1.2))
        painter.drawPath(path)
        painter.restore()
