"""A controller for the preview beside the text, or in its place."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from enum import Enum, auto
from threading import Event

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QAction, QFont, QFontDatabase

from writer.base.progress import Cancelled
from writer.base.task_pool import TaskPool
from writer.documents.pandoc import ConvertError
from writer.settings.editor_schema import EDITOR_MARKDOWN, EDITOR_PREVIEW
from writer.settings.store import SettingsStore
from writer.ui.common.theme import ThemeSwitcher
from writer.ui.common.theme_files import Colours
from writer.ui.controllers.links.link_opener import LinkOpener
from writer.ui.editor.open_documents import OpenDocuments
from writer.ui.panels.preview.excerpt import Excerpt, excerpt_around
from writer.ui.panels.preview.pictures import Pictures
from writer.ui.panels.preview.preview_panel import PreviewPanel
from writer.ui.panels.preview.rendering import PreviewStyle, RenderRequest, render
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow
from writer.ui.window.wheel_zoom import WheelZoom

log = logging.getLogger(__name__)

PAUSE_MS = 400
"""The time without a change of the text after which it is rendered."""

_FOLLOW_MS = 80
"""The time without a move of the cursor after which the preview follows it."""


class Mode(Enum):
    """Where the preview is."""

    HIDDEN = auto()
    BESIDE = auto()
    INSTEAD = auto()


class PreviewController(QObject):
    """Renders the text of `window` after each pause, while the preview is shown; the newest text wins.

    `is_code` tells whether a block is code. Whether the preview is shown is a setting.
    """

    def __init__(
        self,
        window: MainWindow,
        documents: OpenDocuments,
        settings: SettingsStore,
        themes: ThemeSwitcher,
        is_code: Callable[[int], bool],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._editor = window.editor
        self._documents = documents
        self._settings = settings
        self._themes = themes
        self._is_code = is_code
        self._tasks = TaskPool(loop, "preview")
        self._cancelled = Event()
        self._pictures = Pictures()
        self._excerpt: Excerpt | None = None
        """What is shown; None where it must be rendered anew."""
        self._document = self._editor.document()
        self.mode = Mode.HIDDEN
        self._opener = LinkOpener(window)
        self.panel = PreviewPanel()
        self.panel.hide()
        window.add_side_panel(self.panel, right=True)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._render)
        self._following = QTimer(self, singleShot=True, interval=_FOLLOW_MS)
        self._following.timeout.connect(self._follow)
        self._connect()

    def show(self) -> None:
        """Show the preview beside the text, where it is hidden."""
        if self.mode is Mode.HIDDEN:
            self.set_mode(Mode.BESIDE)

    def toggle_beside(self) -> None:
        """Show the preview beside the text, or hide it."""
        self.set_mode(Mode.HIDDEN if self.mode is Mode.BESIDE else Mode.BESIDE)

    def toggle_instead(self) -> None:
        """Show the preview in place of the text, or the text alone."""
        if self.mode is not Mode.INSTEAD and self._editor.document().isEmpty():
            self._window.status.show_message(self.tr("There is nothing to preview yet."))
            self._mark()
        else:
            self.set_mode(Mode.HIDDEN if self.mode is Mode.INSTEAD else Mode.INSTEAD)

    def set_mode(self, mode: Mode) -> None:
        """Show or hide preview and text; the focus stays in what is shown."""
        had_focus = self._editor.hasFocus() or self.panel.view.hasFocus()
        was_hidden, self.mode = self.mode is Mode.HIDDEN, mode
        self.panel.setVisible(mode is not Mode.HIDDEN)
        # its stubs lack that None takes the proxy away
        self._editor.setFocusProxy(self.panel.view if mode is Mode.INSTEAD else None)  # type: ignore[arg-type]
        self._editor.setVisible(mode is not Mode.INSTEAD)
        if had_focus:
            self._editor.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._mark()
        self._window.change(EDITOR_PREVIEW, mode is not Mode.HIDDEN)
        if mode is Mode.HIDDEN:
            self._cancelled.set()
            self._pause.stop()
        elif was_hidden:
            self._render()

    async def close(self) -> None:
        """Cancel the rendering."""
        self._pause.stop()
        self._following.stop()
        self._cancelled.set()
        await self._tasks.close()

    def _connect(self) -> None:
        editor, panel = self._editor, self.panel
        editor.textChanged.connect(self._note_change)
        editor.cursorPositionChanged.connect(self._note_move)
        editor.selectionChanged.connect(self._note_move)
        self._documents.current_changed.connect(self._show_other)
        self._themes.changed.connect(lambda _theme: self._render_again())
        panel.view.link_chosen.connect(lambda address: self._tasks.start(self._choose_link(address)))
        panel.view.dismissed.connect(self._dismiss)
        WheelZoom(panel.view, self._zoom)
        forget = self._settings.subscribe("editor", self._apply)
        self.destroyed.connect(lambda _gone: forget())

    def _apply(self, key: str) -> None:
        """Apply a changed setting of the editor."""
        if key == EDITOR_PREVIEW.key:
            if not self._settings.get(EDITOR_PREVIEW) and self.mode is not Mode.HIDDEN:
                self.set_mode(Mode.HIDDEN)
        else:
            self._render_again()

    # What happens in the text

    def _note_change(self) -> None:
        if self.mode is Mode.HIDDEN:
            return
        self._excerpt = None
        self._return_to_text()
        self._pause.start()

    def _note_move(self) -> None:
        if self.mode is not Mode.HIDDEN:
            self._return_to_text()
            self._following.start()

    def _return_to_text(self) -> None:
        """Show the text where something happens in it that would not be seen, such as a search."""
        if self.mode is Mode.INSTEAD and self._editor.document() is self._document:
            self.set_mode(Mode.BESIDE)

    def _show_other(self) -> None:
        """Show another document from its beginning."""
        self._document, self._excerpt = self._editor.document(), None
        if self.mode is Mode.INSTEAD and self._document.isEmpty():
            self.set_mode(Mode.BESIDE)
        self._render_again()

    def _dismiss(self) -> None:
        if self.mode is Mode.INSTEAD:
            self.set_mode(Mode.HIDDEN)
        else:
            self._editor.setFocus()

    def _mark(self) -> None:
        actions = self._window.actions_by_name
        marks: tuple[tuple[QAction, Mode], ...] = (
            (actions[ActionId.VIEW_PREVIEW], Mode.BESIDE),
            (actions[ActionId.VIEW_PREVIEW_ONLY], Mode.INSTEAD),
        )
        for action, mode in marks:
            action.setChecked(self.mode is mode)

    def _zoom(self, notches: int) -> None:
        """Change the text size, as the wheel does over the text."""
        name = ActionId.VIEW_LARGER if notches > 0 else ActionId.VIEW_SMALLER
        for _ in range(abs(notches)):
            self._window.actions_by_name[name].trigger()

    # Rendering

    def _follow(self) -> None:
        """Scroll to the part of the cursor, or render it where it is not in the preview."""
        block = self._editor.textCursor().blockNumber()
        if self.mode is Mode.HIDDEN or self._pause.isActive():
            return
        if self._excerpt is not None and self._excerpt.holds(block):
            self.panel.view.follow(block)
        else:
            self._render()

    def _render_again(self) -> None:
        if self.mode is not Mode.HIDDEN:
            self._render()

    def _render(self) -> None:
        """Render what stands around the cursor; what is being rendered is dropped."""
        self._pause.stop()
        self._cancelled.set()
        self._cancelled = Event()
        excerpt = excerpt_around(
            self._editor.document(), self._editor.textCursor().blockNumber(), self._is_code
        )
        if excerpt is None:
            self.panel.show_too_long()
            return
        path = self._documents.current.document.path
        request = RenderRequest(
            excerpt, self._settings.get(EDITOR_MARKDOWN), path.parent if path else None, self._style()
        )
        self._tasks.start(self._show(request, self._cancelled))

    async def _show(self, request: RenderRequest, cancelled: Event) -> None:
        try:
            rendered = await self._tasks.run(render, request, self._pictures, cancelled.is_set)
        except Cancelled:
            return
        except ConvertError as error:
            log.info("not previewed: %s", error)
            if not cancelled.is_set():
                self.panel.show_failure()
            return
        if cancelled.is_set():
            rendered.document.deleteLater()
            return
        self._excerpt = request.excerpt
        self.panel.show_rendered(rendered, request.excerpt.whole)
        self.panel.view.follow(self._editor.textCursor().blockNumber())

    def _style(self) -> PreviewStyle:
        font = QFont(self._editor.font())
        return PreviewStyle(font, _sheet(font, self._themes.theme.colours))

    # Links

    async def _choose_link(self, address: str) -> None:
        """Go to a place of the preview; ask before another address is opened."""
        if address.startswith("#"):
            self.panel.view.scrollToAnchor(address[1:])
            return
        await self._opener.ask_and_open(address)


def _sheet(font: QFont, colours: Colours) -> str:
    """The style sheet for a font and the colours of a theme."""
    size = font.pointSizeF()
    headings = "".join(
        f"h{level} {{ font-size: {size * factor:.1f}pt; margin-top: {size * 1.6:.0f}px; "
        f"margin-bottom: {size * 0.6:.0f}px; }}\n"
        for level, factor in enumerate((1.7, 1.4, 1.2, 1.05, 1.0, 1.0), 1)
    )
    fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
    return (
        f"{headings}p, li {{ line-height: 115%; }}\n"
        f"a {{ color: {colours.accent}; }}\n"
        f"blockquote {{ color: {colours.muted}; margin-left: 24px; margin-right: 24px; }}\n"
        f"pre, code {{ font-family: '{fixed}'; background-color: {colours.hover}; }}\n"
        "img { max-width: 100%; }\n"
        "table { border-collapse: collapse; }\n"
        f"th, td {{ border: 1px solid {colours.line}; padding: 4px 10px; }}\n"
    )
