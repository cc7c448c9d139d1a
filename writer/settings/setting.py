"""The declarations of a setting, of a page of the settings dialog, and of the schema of both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic

from writer.settings.value_types import T, ValueType


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """A setting. `key` is dotted (section.name), `page` the name of its page in the settings dialog.

    `restart`: a change takes effect at the next start. `folded`: it is shown only to those who ask for more
    choices; such settings are the last ones of their page. `has_row`: the page shows it among its settings,
    else by a widget of its own.
    """

    key: str
    value_type: ValueType[T]
    default: T
    page: str
    label: str
    help: str = ""
    restart: bool = False
    folded: bool = False
    has_row: bool = True


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """A page of the settings dialog. `statement` is text above its settings, paragraphs after blank lines.

    `icon` is the name of one of the program's icon files, without its ending. `widgets_first`: what the page
    shows beyond its settings stands above them.
    """

    name: str
    title: str
    icon: str = ""
    statement: str = ""
    widgets_first: bool = False


@dataclass(frozen=True, slots=True)
class Schema:
    """The pages and the settings, each in the order of the dialog."""

    pages: tuple[SettingsPage, ...]
    settings: tuple[Setting[Any], ...]

    def find(self, key: str) -> Setting[Any]:
        """The setting with this key. Raises KeyError."""
        for setting in self.settings:
            if setting.key == key:
                return setting
        raise KeyError(key)

    def on_page(self, page: str) -> tuple[Setting[Any], ...]:
        """The settings that have a row on the page with this name."""
        return tuple(setting for setting in self.settings if setting.page == page and setting.has_row)

    def texts(self) -> Iterator[str]:
        """All source texts of the dialog, for the translation."""
        for page in self.pages:
            yield from (text for text in (page.title, *page.statement.split("\n\n")) if text)
        for setting in self.settings:
            yield from (text for text in (setting.label, setting.help, *setting.value_type.texts()) if text)
