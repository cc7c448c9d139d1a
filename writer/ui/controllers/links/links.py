"""A controller for links and footnotes: Ctrl and a click, or a key at the cursor, follow them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QTextBlock

from writer.text.utf16 import code_point_positions, utf16_positions
from writer.ui.controllers.files import FileController
from writer.ui.editor.open_documents import OpenDocuments
from writer.ui.keys.click_places import ClickPlace, ClickPlaces
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow

if TYPE_CHECKING:
    from writer.text.structure.links import Link
    from writer.ui.controllers.links.following import LinkFollower

_MARKS = ("[", "://", "<")
"""What a line with a link has."""


class LinkController(QObject):
    """Connects the editor of `window` with what follows links. `is_code` tells whether a block is code."""

    def __init__(
        self,
        window: MainWindow,
        documents: OpenDocuments,
        files: FileController,
        is_code: Callable[[int], bool],
        places: ClickPlaces,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._documents = documents
        self._files = files
        self._is_code = is_code
        places.add(self.places)
        window.actions_by_name.connect({ActionId.FORMAT_FOLLOW: self._follow_at_cursor})

    @cached_property
    def follower(self) -> LinkFollower:
        """What follows links, imported when the first one is."""
        from writer.ui.controllers.links.following import LinkFollower

        return LinkFollower(self._window, self._documents, self._files)

    def places(self, block: QTextBlock) -> Iterator[ClickPlace]:
        """The links of a block, which a click with Ctrl follows."""
        positions = utf16_positions(block.text())
        for link in self._links(block):
            start, end = positions(link.start), positions(link.end)
            yield ClickPlace(
                *(start, end),
                modifiers=Qt.KeyboardModifier.ControlModifier,
                activate=partial(self._follow, link, block.position() + start),
                hint=self.follower.hint(link),
            )

    def _follow(self, link: Link, position: int) -> None:
        self.follower.follow(link, position)

    def _links(self, block: QTextBlock) -> list[Link]:
        text = block.text()
        if not any(mark in text for mark in _MARKS) or self._is_code(block.blockNumber()):
            return []
        from writer.text.structure.links import links  # here, because it is seldom needed at the start

        return links(text)

    def _follow_at_cursor(self) -> None:
        cursor = self._window.editor.textCursor()
        block = cursor.block()
        place = code_point_positions(block.text())(cursor.positionInBlock())
        found = self._links(block)
        link = next((link for link in found if link.start <= place <= link.end), None)
        if link is None and found and self.follower.is_definition(found[0]):
            link = found[0]  # the cursor is anywhere in the note
        if link is None:
            self._window.status.show_message(self.tr("There is no link at the cursor."))
        else:
            self.follower.follow(link, block.position() + utf16_positions(block.text())(link.start))
