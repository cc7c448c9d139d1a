"""The actions whose controllers are imported and made when they are first used."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from writer.settings.editor_schema import EDITOR_PREVIEW
from writer.settings.store import SettingsStore
from writer.ui.common.theme import ThemeSwitcher
from writer.ui.editor.open_documents import OpenDocuments
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow

if TYPE_CHECKING:
    from writer.ui.controllers.files import FileController
    from writer.ui.controllers.on_demand.guide import GuideController
    from writer.ui.controllers.on_demand.preview import PreviewController
    from writer.ui.controllers.on_demand.rich_copy import RichCopyController

_START_MS = 300
"""The time from the start to a preview that was shown at the end; the first key does not wait for it."""


class OnDemandControllers(QObject):
    """Connects actions of `window` with controllers that are made when one of them is triggered.

    `is_code` tells whether a block is code, `language` returns that of the window.
    """

    def __init__(
        self,
        window: MainWindow,
        documents: OpenDocuments,
        files: FileController,
        settings: SettingsStore,
        themes: ThemeSwitcher,
        is_code: Callable[[int], bool],
        language: Callable[[], str],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._documents = documents
        self._files = files
        self._settings = settings
        self._themes = themes
        self._is_code = is_code
        self._language = language
        self._loop = loop
        self._made: list[GuideController | PreviewController | RichCopyController] = []
        window.actions_by_name.connect(
            {
                ActionId.EDIT_COPY_RICH: self._copy_rich,
                ActionId.VIEW_PREVIEW: self._preview_beside,
                ActionId.VIEW_PREVIEW_ONLY: self._preview_instead,
                ActionId.HELP_GUIDE: self._open_guide,
            }
        )
        self._start = QTimer(self, singleShot=True, interval=_START_MS)
        self._start.timeout.connect(lambda: self._show_preview(EDITOR_PREVIEW.key))
        self._start.start()
        forget = settings.subscribe("editor", self._show_preview)
        self.destroyed.connect(lambda _gone: forget())

    @cached_property
    def preview(self) -> PreviewController:
        """The controller of the preview."""
        from writer.ui.controllers.on_demand.preview import PreviewController

        controller = PreviewController(
            self._window, self._documents, self._settings, self._themes, self._is_code, self._loop
        )
        self._made.append(controller)
        return controller

    @cached_property
    def guide(self) -> GuideController:
        """The controller of the guide."""
        from writer.ui.controllers.on_demand.guide import GuideController

        controller = GuideController(
            *(self._window, self._documents, self._files, self._settings, self._language, self._loop)
        )
        self._made.append(controller)
        return controller

    @cached_property
    def rich_copy(self) -> RichCopyController:
        """The controller that copies rich text."""
        from writer.ui.controllers.on_demand.rich_copy import RichCopyController

        controller = RichCopyController(self._window, self._settings, self._loop)
        self._made.append(controller)
        return controller

    def _show_preview(self, key: str) -> None:
        """Show the preview where the setting says so."""
        if key == EDITOR_PREVIEW.key and self._settings.get(EDITOR_PREVIEW):
            self.preview.show()

    def _copy_rich(self) -> None:
        self.rich_copy.copy()

    def _open_guide(self) -> None:
        self.guide.open()

    def _preview_beside(self) -> None:
        self.preview.toggle_beside()

    def _preview_instead(self) -> None:
        self.preview.toggle_instead()

    async def close(self) -> None:
        """End what the controllers are doing."""
        self._start.stop()
        for controller in self._made:
            await controller.close()
