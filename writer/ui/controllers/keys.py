"""A controller for what keys do in the text beyond writing it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject

from writer.settings.editor_schema import EDITOR_LISTS, EDITOR_PAIRS
from writer.settings.store import SettingsStore
from writer.text.markdown_marks import EMPHASIS, STRONG
from writer.ui.keys.check_boxes import CheckBoxes
from writer.ui.keys.click_places import ClickPlaces
from writer.ui.keys.continuation import Continuation
from writer.ui.keys.indentation import Indentation
from writer.ui.keys.line_moves import LineMoves
from writer.ui.keys.marks import Marks
from writer.ui.keys.pairs import Pairs
from writer.ui.keys.tables import Tables
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow


class KeyController(QObject):
    """Connects the editor of `window` with the handlers of keys. `is_code` tells whether a block is code."""

    def __init__(self, window: MainWindow, settings: SettingsStore, is_code: Callable[[int], bool]) -> None:
        super().__init__(window)
        self.indentation = Indentation(window.editor, is_code)
        self.pairs = Pairs(window.editor, lambda: settings.get(EDITOR_PAIRS), is_code)
        self.marks = Marks(window.editor, is_code)
        self.line_moves = LineMoves(window.editor)
        self.continuation = Continuation(window.editor, lambda: settings.get(EDITOR_LISTS), is_code)
        self.tables = Tables(window.editor, lambda: settings.get(EDITOR_LISTS), is_code)
        self.check_boxes = CheckBoxes(window.editor, is_code)
        self.click_places = ClickPlaces(window.editor)
        self.click_places.add(self.check_boxes.places)
        marks, moves = self.marks, self.line_moves
        methods: dict[ActionId, Callable[[], object]] = {
            ActionId.FORMAT_STRONG: lambda: marks.toggle(STRONG),
            ActionId.FORMAT_EMPHASIS: lambda: marks.toggle(EMPHASIS),
            ActionId.FORMAT_LINK: marks.link,
            ActionId.FORMAT_CHECK_BOX: self.check_boxes.toggle,
            ActionId.EDIT_LINE_UP: lambda: moves.move(-1),
            ActionId.EDIT_LINE_DOWN: lambda: moves.move(1),
        }
        for level in range(1, 7):
            methods[ActionId(f"format.heading_{level}")] = partial(marks.heading, level)
        window.actions_by_name.connect(methods)
