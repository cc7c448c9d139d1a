"""What pages of the settings show below their settings; each is made when its page is first opened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from PySide6.QtWidgets import QWidget

from writer.app.container import Container
from writer.settings.store import SettingsStore


def extras(
    container: Container, settings: SettingsStore, loop: asyncio.AbstractEventLoop
) -> Mapping[str, Sequence[Callable[[], QWidget]]]:
    """By the page's name."""

    def models() -> QWidget:
        from writer.ui.settings.models import ModelsBox

        return ModelsBox(container.downloads)

    def personalise() -> QWidget:
        from writer.ui.personalise.box import PersonaliseBox

        return PersonaliseBox(container.personalising, container.downloads, settings)

    def server() -> QWidget:
        from writer.ui.settings.server import ServerBox

        return ServerBox(settings, loop)

    def statistics() -> QWidget:
        from writer.ui.settings.statistics import StatisticsBox

        return StatisticsBox(container.statistics)

    def privacy() -> QWidget:
        from writer.ui.settings.privacy import PrivacyBox

        return PrivacyBox(lambda name: container.statistics.clear() if name == "statistics" else None)

    return {
        "model": [models],
        "personalise": [personalise],
        "server": [server],
        "statistics": [statistics],
        "privacy": [privacy],
    }
