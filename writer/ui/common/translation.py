"""The window's language: a table of translations, put in force while the program runs.

A translation is found by its English text. The layers below, and child processes, tell a `Sentence`: its
template is looked up here when it is shown, and its values are put in, so that nothing below the window has
to know that there are languages.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QT_TRANSLATE_NOOP,
    QCoreApplication,
    QEvent,
    QLibraryInfo,
    QLocale,
    QObject,
    QTranslator,
)
from PySide6.QtWidgets import QApplication, QWidget

from writer.base.errors import Message, Sentence, UserError
from writer.settings.schema import LANGUAGE_WINDOW
from writer.settings.store import SettingsStore
from writer.text.language import LANGUAGES

SENTENCES = "Sentences"
"""The context of what the layers below say."""


def localised(message: Message | UserError) -> str:
    """What the layers below say, in the language of the moment: the values in it stay what they are."""
    if isinstance(message, UserError):
        message = message.sentence
    return message.render(_translated) if isinstance(message, Sentence) else _translated(message)


def _translated(template: str) -> str:
    return QCoreApplication.translate(SENTENCES, template) if template else ""


def translatable(context: str, text: str) -> str:
    """`text` as it is, marked to be looked up in `context` when it is shown: QT_TRANSLATE_NOOP with types."""
    return str(QT_TRANSLATE_NOOP(context, text))


if TYPE_CHECKING:
    _Widget = QWidget
else:
    _Widget = object  # a class has one of Qt's classes among its bases, and that comes after the mix-in


class Retranslated(_Widget):
    """A mix-in for widgets that put their texts into the window's language again whenever it changes.

    It stands before the widget's class among the bases, so that Qt's `changeEvent` finds it first.
    """

    def retranslate(self) -> None:
        """Set every text of the widget, and all that follows from them, in the current language."""
        raise NotImplementedError

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()


class TranslationTable:
    """The translations of one file: for any context, and in tables for one context alone."""

    def __init__(self, file: Path) -> None:
        raw = tomllib.loads(file.read_text("utf-8"))
        self.contexts: dict[str, dict[str, str]] = {k: v for k, v in raw.items() if isinstance(v, dict)}
        self.texts: dict[str, str] = {k: v for k, v in raw.items() if isinstance(v, str)}

    def find(self, context: str, text: str) -> str | None:
        """The translation of `text`, None where there is none."""
        return self.contexts.get(context, {}).get(text) or self.texts.get(text)


class TableTranslator(QTranslator):
    """Gives Qt the translations of a table."""

    def __init__(self, table: TranslationTable, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._table = table

    def isEmpty(self) -> bool:
        """Qt leaves out translators that are empty."""
        return False

    def translate(self, context: str, text: str, _comment: str | None = None, _n: int = -1) -> str | None:
        """See `TranslationTable`; None lets Qt ask its own translators."""
        return self._table.find(context, text)


class LanguageSwitcher(QObject):
    """Gives the application the language that the settings ask for; `folder` holds the tables."""

    def __init__(self, app: QApplication, store: SettingsStore, folder: Path) -> None:
        super().__init__(app)
        self._app = app
        self._store = store
        self._folder = folder
        self._translators: list[QTranslator] = []
        self.language = "en"
        unsubscribe = store.subscribe(LANGUAGE_WINDOW.key, lambda _key: self.apply())
        self.destroyed.connect(lambda _gone: unsubscribe())
        self.apply()

    def apply(self) -> None:
        """Put the wanted language in force, if it is not already."""
        wanted = self._store.get(LANGUAGE_WINDOW)
        if wanted == "system":
            wanted = system_language()
        if wanted != self.language:
            self._remove()
            if wanted != "en":
                self._install(wanted)
            self.language = wanted

    def close(self) -> None:
        """Leave the application in English."""
        self._remove()
        self.language = "en"

    def _install(self, language: str) -> None:
        """Qt's own translations first: the newest translator is asked first."""
        qt = QTranslator(self)
        if qt.load(
            QLocale(language), "qtbase", "_", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        ):
            self._translators.append(qt)
        self._translators.append(TableTranslator(TranslationTable(self._folder / f"{language}.toml"), self))
        for translator in self._translators:
            self._app.installTranslator(translator)

    def _remove(self) -> None:
        for translator in self._translators:
            self._app.removeTranslator(translator)
            translator.deleteLater()
        self._translators.clear()


def system_language() -> str:
    """The language of the system's user interface that comes first among those there are."""
    for name in QLocale.system().uiLanguages():
        code = name.partition("-")[0]
        if code in LANGUAGES:
            return code
    return "en"
