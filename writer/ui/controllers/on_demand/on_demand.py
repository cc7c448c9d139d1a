"""The actions whose controllers are imported and made when they are first used."""

from __future__ import annotations

import asyncio
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from writer.settings.store import SettingsStore
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow

if TYPE_CHECKING:
    from writer.ui.controllers.on_demand.rich_copy import RichCopyController


class OnDemandControllers(QObject):
    """Connects actions of `window` with controllers that are made when one of them is triggered."""

    def __init__(self, window: MainWindow, settings: SettingsStore, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._loop = loop
        self._made: list[RichCopyController] = []
        window.actions_by_name.connect({ActionId.EDIT_COPY_RICH: self._copy_rich})

    @cached_property
    def rich_copy(self) -> RichCopyController:
        """The controller that copies rich text."""
        from writer.ui.controllers.on_demand.rich_copy import RichCopyController

        controller = RichCopyController(self._window, self._settings, self._loop)
        self._made.append(controller)
        return controller

    def _copy_rich(self) -> None:
        self.rich_copy.copy()

    async def close(self) -> None:
        """End what the controllers are doing."""
        for controller in self._made:
            await controller.close()
