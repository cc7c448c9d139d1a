"""What pages of the settings show below their settings; each is made when its page is first opened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from writer.app.container import Container
from writer.settings.store import SettingsStore


def extras(
    container: Container,
    settings: SettingsStore,
    loop: asyncio.AbstractEventLoop,
    forget_recent: Callable[[], None],
) -> dict[str, Sequence[Callable[[], QWidget]]]:
    """By the page's name. `forget_recent` forgets which files were open."""

    def models() -> QWidget:
        from writer.ui.settings_pages.models import ModelsBox

        return ModelsBox(container.downloads)

    def personalise() -> QWidget:
        from writer.ui.settings_pages.personalise.personalise_page import PersonaliseBox

        return PersonaliseBox(container.personalising, container.previewing, container.downloads, settings)

    def server() -> QWidget:
        from writer.ui.settings_pages.server import ServerBox

        return ServerBox(settings, loop)

    def statistics() -> QWidget:
        from writer.ui.settings_pages.statistics import StatisticsBox

        return StatisticsBox(container.statistics)

    def privacy() -> QWidget:
        from writer.ui.settings_pages.privacy import PrivacyBox

        forget = {"statistics": container.statistics.clear, "session": forget_recent}
        return PrivacyBox(lambda name: forget.get(name, lambda: None)())

    return {
        "model": [models],
        "personalise": [personalise],
        "server": [server],
        "statistics": [statistics],
        "privacy": [privacy],
    }
