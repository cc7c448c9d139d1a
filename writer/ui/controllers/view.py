"""A controller for the view: outline, Markdown, focus, counts, quotes.

It connects the settings and actions of these features with the widgets of one window.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QTextBlock, QTextCursor, QTextDocument

from writer.settings.editor_schema import (
    EDITOR_FOCUS,
    EDITOR_GOAL,
    EDITOR_MARKDOWN,
    EDITOR_OUTLINE,
    EDITOR_TYPEWRITER,
)
from writer.settings.store import SettingsStore
from writer.settings.typography import typography_of
from writer.text.typography import Correction
from writer.text.word_count import TextCounts, count_text
from writer.ui.common.theme import Theme, ThemeSwitcher
from writer.ui.editor.extensions import EditorExtensions
from writer.ui.editor.focus_mode import OFF, PARAGRAPH, SENTENCE, FocusMode, TypewriterMode
from writer.ui.editor.folding.folding import Folding
from writer.ui.editor.folding.folding_marks import FoldingMarks
from writer.ui.editor.front_matter import is_front_matter
from writer.ui.editor.headings import Headings
from writer.ui.editor.looks.backgrounds import BlockBackgrounds
from writer.ui.editor.looks.highlighter import Highlighter
from writer.ui.editor.looks.line_kind import LineKind
from writer.ui.editor.looks.line_layout import SpacedLayout
from writer.ui.editor.text_document import selected_text
from writer.ui.editor.word_counter import WordCounter
from writer.ui.panels.outline import Outline
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow

_NEXT = {OFF: PARAGRAPH, PARAGRAPH: SENTENCE, SENTENCE: OFF}


@dataclass(frozen=True, slots=True)
class _Analysis:
    """The word count, the headings, the highlighter and the folds of one document."""

    words: WordCounter
    headings: Headings
    highlighter: Highlighter
    folding: Folding


class ViewController(QObject):
    """Connects the settings and actions of the view with the widgets of `window`."""

    wrote = Signal(int)
    """The number of words written; negative where words were deleted."""

    def __init__(self, window: MainWindow, settings: SettingsStore, themes: ThemeSwitcher) -> None:
        super().__init__(window)
        self._window = window
        self._editor = editor = window.editor
        self._settings = settings
        self.written = 0
        """The number of words written since the program started."""
        self.focus = FocusMode(editor)
        self.typewriter = TypewriterMode(editor)
        self.outline = Outline()
        window.add_side_panel(self.outline)
        self._themes = themes
        self._backgrounds = BlockBackgrounds(self._kind)
        editor.backgrounds.append(self._backgrounds)
        self._image_height: Callable[[QTextBlock], float] = lambda _block: 0.0
        self._analyses: dict[QTextDocument, _Analysis] = {}
        self._show_document()
        editor.set_extensions(EditorExtensions(self._correct))
        self._backgrounds.apply_colours(themes.theme.colours)
        self._folding_marks = FoldingMarks(editor, self._shown_folding)
        self._connect(themes)
        self._apply("")

    @property
    def words(self) -> WordCounter:
        """The word counter of the current document."""
        return self._analyses[self._editor.document()].words

    @property
    def headings(self) -> Headings:
        """The headings of the current document."""
        return self._analyses[self._editor.document()].headings

    @property
    def folding(self) -> Folding:
        """The folds of the current document."""
        return self._analyses[self._editor.document()].folding

    def set_image_height(self, height: Callable[[QTextBlock], float]) -> None:
        """Set the function that returns the pixels of the image below a block."""
        self._image_height = height
        for analysis in self._analyses.values():
            analysis.highlighter.set_image_height(height)

    def is_code(self, block: int) -> bool:
        """Whether the block with this number is in a code block."""
        return self.headings.is_code(block)

    def is_code_now(self, block: int) -> bool:
        """See `Headings.is_code_now`; for keys."""
        return self.headings.is_code_now(block)

    def _show_document(self) -> None:
        """Show counts and headings of the current document; analyses a new one."""
        document = self._editor.document()
        if document not in self._analyses:
            self._analyses[document] = self._analyse(document)
            document.destroyed.connect(lambda: self._analyses.pop(document, None))
        self._show_words()
        self._show_headings()

    def _analyse(self, document: QTextDocument) -> _Analysis:
        words, headings = WordCounter(document), Headings(document)
        highlighter = Highlighter(self._editor, headings, self._themes.theme.colours)
        highlighter.switch(self._settings.get(EDITOR_MARKDOWN))
        highlighter.set_image_height(self._image_height)
        SpacedLayout.of(document).set_looks(highlighter)
        words.changed.connect(lambda _total: self._show_words_of(document))
        words.wrote.connect(self._count_written)
        headings.changed.connect(lambda: self._show_headings_of(document))
        return _Analysis(words, headings, highlighter, Folding(self._editor, headings))

    def _kind(self, block: QTextBlock) -> LineKind:
        return self._analyses[self._editor.document()].highlighter.kind(block)

    def _correct(self, block: QTextBlock, line: str) -> Correction | None:
        """What typography changes in prose; code and front matter stay."""
        found = typography_of(self._settings).correction(line)
        if found is None or self.is_code(block.blockNumber()) or is_front_matter(block):
            return None
        return found

    def _show_words_of(self, document: QTextDocument) -> None:
        if self._editor.document() is document:
            self._show_words()

    def _show_headings_of(self, document: QTextDocument) -> None:
        if self._editor.document() is document:
            self._show_headings()

    def _show_words(self) -> None:
        self._window.status.set_words(self.words.total.words)

    def _connect(self, themes: ThemeSwitcher) -> None:
        editor = self._editor
        editor.switched.connect(self._show_document)
        themes.changed.connect(self._apply_colours)
        editor.cursorPositionChanged.connect(self._show_current_heading)
        self.outline.chosen.connect(self._go_to_block)
        self.outline.dismissed.connect(editor.setFocus)
        actions = self._window.actions_by_name
        for name, method in self._methods().items():
            actions[name].triggered.connect(method)
        self.destroyed.connect(self._settings.subscribe("", self._apply))

    def _methods(self) -> dict[ActionId, Callable[[bool], None]]:
        change = self._window.change
        return {
            ActionId.VIEW_OUTLINE: self._show_outline,
            ActionId.VIEW_FOCUS: lambda _: change(EDITOR_FOCUS, _NEXT[self._settings.get(EDITOR_FOCUS)]),
            ActionId.VIEW_FOLD: lambda _: self._fold(),
            ActionId.VIEW_UNFOLD_ALL: lambda _: self.folding.show_all(),
            ActionId.VIEW_TYPEWRITER: lambda on: change(EDITOR_TYPEWRITER, on),
            ActionId.VIEW_COUNTS: lambda _: self._show_counts(),
        }

    def _apply(self, key: str) -> None:
        """Apply a changed setting; all settings for ""."""
        get, actions = self._settings.get, self._window.actions_by_name
        if key in ("", EDITOR_MARKDOWN.key):
            for analysis in self._analyses.values():
                analysis.highlighter.switch(get(EDITOR_MARKDOWN))
            self._backgrounds.is_on = get(EDITOR_MARKDOWN)
        if key in ("", EDITOR_FOCUS.key):
            self.focus.set_mode(get(EDITOR_FOCUS))
        if key in ("", EDITOR_TYPEWRITER.key):
            self.typewriter.switch(get(EDITOR_TYPEWRITER))
            actions[ActionId.VIEW_TYPEWRITER].setChecked(get(EDITOR_TYPEWRITER))
        if key in ("", EDITOR_OUTLINE.key):
            self.outline.setVisible(get(EDITOR_OUTLINE))
            actions[ActionId.VIEW_OUTLINE].setChecked(get(EDITOR_OUTLINE))
        if key in ("", EDITOR_GOAL.key):
            self._window.status.set_goal(self.written, get(EDITOR_GOAL))
        if key == EDITOR_FOCUS.key:
            self._show_focus()

    def _apply_colours(self, theme: Theme) -> None:
        for analysis in self._analyses.values():
            analysis.highlighter.apply_colours(theme.colours)
        self._backgrounds.apply_colours(theme.colours)

    # Outline

    def _show_outline(self, on: bool) -> None:
        self._window.change(EDITOR_OUTLINE, on)
        if on:
            self._show_headings()
            self.outline.list.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            self._editor.setFocus()

    def _show_headings(self) -> None:
        self.outline.show_headings(self.headings.all)
        self._show_current_heading()

    def _show_current_heading(self) -> None:
        if self.outline.isVisible():
            self.outline.show_current(self.headings.at(self._editor.textCursor().blockNumber()))

    def _go_to_block(self, number: int) -> None:
        cursor = QTextCursor(self._editor.document().findBlockByNumber(number))
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
        self._editor.setTextCursor(cursor)
        self._editor.centre_line()
        self._editor.setFocus()

    def _shown_folding(self) -> Folding | None:
        analysis = self._analyses.get(self._editor.document())
        return analysis.folding if analysis else None

    def _fold(self) -> None:
        if not self.folding.toggle(self._editor.textCursor().block()):
            self._window.status.show_message(self.tr("There is no heading here with lines below it."))

    # Counts

    def _count_written(self, words: int) -> None:
        self.written += words
        self._window.status.set_goal(self.written, self._settings.get(EDITOR_GOAL))
        self.wrote.emit(words)

    def _show_counts(self) -> None:
        cursor = self._editor.textCursor()
        counts = self.words.total
        if cursor.hasSelection():
            counts = count_text(selected_text(cursor))
        self._window.status.show_message(self._format_counts(counts))

    def _format_counts(self, counts: TextCounts) -> str:
        number = self._editor.locale().toString
        words = self.tr("{count} word") if counts.words == 1 else self.tr("{count} words")
        parts = [
            words.format(count=number(counts.words)),
            self.tr("{characters} characters").format(characters=number(counts.characters)),
            self.tr("{minutes} min to read").format(minutes=number(counts.reading_minutes)),
        ]
        cursor = self._editor.textCursor()
        if not cursor.hasSelection():
            if section := self.headings.section(cursor.blockNumber()):
                count = number(self.words.words_between(*section))
                parts.insert(1, self.tr("{count} in this section").format(count=count))
            parts.append(self.tr("{written} written since the start").format(written=number(self.written)))
        return "  ·  ".join(parts)

    # Focus

    def _show_focus(self) -> None:
        texts = {
            OFF: self.tr("All of the text is in focus."),
            PARAGRAPH: self.tr("The paragraph is in focus."),
            SENTENCE: self.tr("The sentence is in focus."),
        }
        self._window.status.show_message(texts[self.focus.mode])
