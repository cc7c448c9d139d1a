"""What a setting, a page of the pane and the schema of all of them are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic

from writer.settings.value_types import T, ValueType


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """One setting. `key` is dotted (section.name); `page` names the page of the pane that shows it."""

    key: str
    kind: ValueType[T]
    default: T
    page: str
    label: str
    help: str = ""
    restart: bool = False


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """One page of the pane. `statement` is prose above its settings, a blank line between paragraphs.

    `icon` is the name of a file among the program's icons, without its ending.
    """

    name: str
    title: str
    icon: str = ""
    statement: str = ""


@dataclass(frozen=True, slots=True)
class Schema:
    """The pages in the order in which they are shown, and the settings in theirs."""

    pages: tuple[SettingsPage, ...]
    settings: tuple[Setting[Any], ...]

    def find(self, key: str) -> Setting[Any]:
        """The setting with this key; KeyError where none is declared."""
        for setting in self.settings:
            if setting.key == key:
                return setting
        raise KeyError(key)

    def on_page(self, page: str) -> tuple[Setting[Any], ...]:
        """The settings of the page with this name."""
        return tuple(setting for setting in self.settings if setting.page == page)

    def texts(self) -> Iterator[str]:
        """Every source text that a pane may show, for translators."""
        for page in self.pages:
            yield from (text for text in (page.title, *page.statement.split("\n\n")) if text)
        for setting in self.settings:
            yield from (text for text in (setting.label, setting.help, *setting.kind.texts()) if text)
