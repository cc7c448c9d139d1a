"""The window's language: tables of translations, which can change at run time.

A translation is found by its English text. Lower layers and child processes give a `Sentence`; its template
is translated here when it is shown, and its values are inserted, so that lower layers know nothing of
languages.
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
"""The translation context of texts of the lower layers."""


def localised(message: Message | UserError) -> str:
    """A message of the lower layers in the current language, with its values inserted unchanged."""
    if isinstance(message, UserError):
        message = message.sentence
    return message.render(_translated) if isinstance(message, Sentence) else _translated(message)


def _translated(template: str) -> str:
    return QCoreApplication.translate(SENTENCES, template) if template else ""


def translatable(context: str, text: str) -> str:
    """`text` itself, marked for translation in `context`: QT_TRANSLATE_NOOP with types."""
    return str(QT_TRANSLATE_NOOP(context, text))


if TYPE_CHECKING:
    _Widget = QWidget
else:
    _Widget = object  # Qt's class is another base, behind the mix-in


class Retranslated(_Widget):
    """A mix-in for widgets that set their texts again when the language changes.

    It must precede the widget's class among the bases, so that its `changeEvent` comes first.
    """

    def retranslate(self) -> None:
        """Set all texts of the widget in the current language, and what depends on them."""
        raise NotImplementedError

    def changeEvent(self, event: QEvent) -> None:
        """Retranslate on a change of language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()


class TranslationTable:
    """The translations in a file: for all contexts, and in tables for single contexts."""

    def __init__(self, file: Path) -> None:
        raw = tomllib.loads(file.read_text("utf-8"))
        self.contexts: dict[str, dict[str, str]] = {k: v for k, v in raw.items() if isinstance(v, dict)}
        self.texts: dict[str, str] = {k: v for k, v in raw.items() if isinstance(v, str)}

    def find(self, context: str, text: str) -> str | None:
        """The translation of `text`, None where there is none."""
        return self.contexts.get(context, {}).get(text) or self.texts.get(text)


class TableTranslator(QTranslator):
    """A QTranslator with a TranslationTable."""

    def __init__(self, table: TranslationTable, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._table = table

    def isEmpty(self) -> bool:
        """False: Qt ignores empty translators."""
        return False

    def translate(self, context: str, text: str, _comment: str | None = None, _n: int = -1) -> str | None:
        """See `TranslationTable.find`; for None Qt asks its own translators."""
        return self._table.find(context, text)


class LanguageSwitcher(QObject):
    """Applies the language of the settings to the application; `folder` holds the tables."""

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
        """Apply the selected language if it has changed."""
        wanted = self._store.get(LANGUAGE_WINDOW)
        if wanted == "system":
            wanted = system_language()
        if wanted != self.language:
            self._remove()
            if wanted != "en":
                self._install(wanted)
            self.language = wanted

    def close(self) -> None:
        """Reset the application to English."""
        self._remove()
        self.language = "en"

    def _install(self, language: str) -> None:
        """Install Qt's translations first, because the latest translator is asked first."""
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
    """The first supported language of the system's user interface, else English."""
    for name in QLocale.system().uiLanguages():
        code = name.partition("-")[0]
        if code in LANGUAGES:
            return code
    return "en"
