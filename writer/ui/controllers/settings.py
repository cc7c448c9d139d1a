"""A controller for the settings dialog, and the widgets that single pages show below their settings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from writer.app.container import Container
from writer.base.printable import printable
from writer.settings.editor_schema import EDITOR_FONT, EDITOR_SPELLING
from writer.settings.schema import APPEARANCE_COLOURS, PERSONALISE_METHOD, SUGGESTIONS_LEVEL
from writer.settings.store import SettingsStore
from writer.ui.common.fonts import installed_families
from writer.ui.common.theme_files import all_themes
from writer.ui.window.main_window import MainWindow

if TYPE_CHECKING:
    from writer.ui.settings.dialog import SettingsDialog

PageWidgets = Mapping[str, Sequence[Callable[[], QWidget]]]
"""The factories of additional widgets, by the name of their page."""

Choices = Callable[[], Iterable[tuple[str, str]]]
"""A function that finds further values on this computer: each, and what to call it."""


class SettingsController(QObject):
    """Opens the settings dialog, which is made at the first use and closed with the window.

    `choices` has functions that find further values by a setting's key.
    """

    def __init__(
        self,
        window: MainWindow,
        settings: SettingsStore,
        widgets: PageWidgets,
        choices: Mapping[str, Choices],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._widgets = widgets
        self._choices = choices
        self._dialog: SettingsDialog | None = None
        window.settings_requested.connect(self.open)
        window.closed.connect(self._close)

    def open(self, page: str = "") -> SettingsDialog:
        """Show the settings dialog, at `page` where it is given."""
        if self._dialog is None:
            from writer.ui.settings.dialog import SettingsDialog

            self._dialog = SettingsDialog(
                self._settings, self._window.icons, self._window, self._widgets, self._choices
            )
        elif not self._dialog.isVisible():
            self._dialog.retranslate()  # a model may have been measured meanwhile
        if page:
            self._dialog.open_page(page)
        self._dialog.show()
        self._dialog.activateWindow()
        return self._dialog

    def _close(self) -> None:
        if self._dialog is not None:
            self._dialog.close()


def found_choices(themes: Path, container: Container, settings: SettingsStore) -> dict[str, Choices]:
    """The functions that find fonts, theme files in `themes`, dictionaries, methods, and names of levels."""

    def found_dictionaries() -> list[tuple[str, str]]:
        from writer.documents.dictionaries import distinct
        from writer.ui.controllers.spelling.spelling_language import dictionary_names

        found = distinct(container.dictionaries.look_again().values())
        found = [one for one in found if not one.shipped]
        names = dictionary_names(found)
        return sorted(((one.name, names[one]) for one in found), key=lambda pair: pair[1].casefold())

    def found_methods() -> list[tuple[str, str]]:
        from writer.engine.devices import has_driver
        from writer.training.quantised import four_bits

        return [("qlora", "")] if has_driver("cuda") and four_bits.is_installed() else []

    def found_levels() -> list[tuple[str, str]]:
        from writer.ui.settings.level_labels import level_labels

        return level_labels(settings)

    return {
        PERSONALISE_METHOD.key: found_methods,
        SUGGESTIONS_LEVEL.key: found_levels,
        EDITOR_SPELLING.key: found_dictionaries,
        EDITOR_FONT.key: lambda: ((name, printable(name)) for name in installed_families()),
        APPEARANCE_COLOURS.key: lambda: (
            (stem, printable(theme.name)) for stem, theme in all_themes([themes]).items()
        ),
    }


def page_widgets(
    window: MainWindow,
    container: Container,
    settings: SettingsStore,
    loop: asyncio.AbstractEventLoop,
    forget_recent: Callable[[], None],
    open_folder: Callable[[], Path | None],
    forget_origins: Callable[[], None],
) -> PageWidgets:
    """The factories of the pages' additional widgets, called when a page is first opened.

    `forget_recent` clears the recent files, `forget_origins` the origins of the open texts; `open_folder`
    returns the folder that is open beside the text.
    """

    def appearance() -> QWidget:
        from writer.ui.settings_pages.appearance_preview import AppearancePreview

        return AppearancePreview(settings, window.editor.size)

    def models() -> QWidget:
        from writer.ui.settings_pages.models import ModelsBox

        return ModelsBox(container.model_service)

    def personalise() -> QWidget:
        from writer.ui.settings_pages.personalise.personalise_page import PersonalisePage

        return PersonalisePage(
            container.training, container.previews, container.model_service, settings, open_folder
        )

    def server() -> QWidget:
        from writer.ui.settings_pages.server import ServerBox

        return ServerBox(settings, loop)

    def statistics() -> QWidget:
        from writer.ui.settings_pages.statistics import StatisticsBox

        return StatisticsBox(container.statistics)

    return {
        "appearance": [appearance],
        "model": [models],
        "personalise": [personalise],
        "server": [server],
        "statistics": [statistics],
        "privacy": [partial(_privacy, container, forget_recent, forget_origins)],
    }


def _privacy(
    container: Container, forget_recent: Callable[[], None], forget_origins: Callable[[], None]
) -> QWidget:
    from writer.ui.settings_pages.privacy import PrivacyBox

    training = container.training
    checks = {"training": training.require_idle, "corpus": training.require_idle}
    forget = {
        "statistics": container.statistics.clear,
        "taking": container.taking.clear,
        "session": forget_recent,
        "authorship": forget_origins,
        "training": training.reset,
        "dictionary": container.spelling.reload_own_words,
    }
    return PrivacyBox(
        lambda name: checks.get(name, lambda: None)(), lambda name: forget.get(name, lambda: None)()
    )
