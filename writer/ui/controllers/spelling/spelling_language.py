"""A controller for the dictionary of each text: told by the text, or chosen in the menu and remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from weakref import WeakKeyDictionary

from PySide6.QtCore import QCoreApplication, QEvent, QLocale, QObject, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu

from writer.app.documents.dictionary_choice import SAMPLE, DictionaryChoice, DictionaryChooser
from writer.app.documents.spelling_service import OFF, SpellingService
from writer.base.errors import UserError
from writer.base.printable import printable
from writer.base.task_pool import TaskPool
from writer.documents.dictionaries import AFFIXES, WORDS, Dictionary, add_dictionary, distinct
from writer.settings.editor_schema import EDITOR_SPELLING
from writer.settings.store import SettingsStore
from writer.settings.value_types import OpenChoiceType
from writer.ui.common.dialogs import choose_files, file_dialog
from writer.ui.common.translation import localised
from writer.ui.editor.open_documents import OpenDocument, OpenDocuments
from writer.ui.editor.text_document import text_between
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow

MAX_CHOICES = 500
"""The most texts whose dictionaries are remembered."""

_AT_ONCE_MS, _TYPING_MS = 50, 1_500
"""The delays before a text that was opened is asked for its language, and one that is being written."""


class SpellingLanguageController(QObject):
    """Tells `spelling` which dictionary checks the current text, and shows that in the menu.

    `chosen` has the names of dictionaries, or `OFF`, of texts for which they were chosen, by path, or by the
    name of the journal until a text has one.
    """

    changed = Signal()
    """What the session remembers has changed."""

    def __init__(
        self,
        window: MainWindow,
        documents: OpenDocuments,
        spelling: SpellingService,
        chooser: DictionaryChooser,
        settings: SettingsStore,
        loop: asyncio.AbstractEventLoop,
        chosen: Mapping[str, str],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._documents = documents
        self._spelling = spelling
        self._chooser = chooser
        self._settings = settings
        self._tasks = TaskPool(loop, "dictionaries")
        self.chosen = dict(chosen)
        self._known: WeakKeyDictionary[OpenDocument, tuple[str, str]] = WeakKeyDictionary()
        self._choice = DictionaryChoice(spelling.dictionary)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._tell)
        self._menu = QMenu(window)
        self._menu.aboutToShow.connect(self._fill)
        window.add_menu(self._menu, behind=ActionId.SPELL_NEXT)
        window.installEventFilter(self)
        window.editor.textChanged.connect(self._tell_later)
        documents.list_changed.connect(self._follow)
        documents.current_changed.connect(self._tell_soon)
        self.destroyed.connect(settings.subscribe(EDITOR_SPELLING.key, lambda _key: self._tell()))
        self._tell_soon()
        self._retranslate()

    def clear(self) -> None:
        """Forget the dictionaries of all texts but the open ones."""
        opened = {name for _identity, name in self._known.values()}
        self.chosen = {name: chosen for name, chosen in self.chosen.items() if name in opened}

    def why_off(self) -> str:
        """The sentence that says why nothing is checked."""
        if self._chosen == OFF:
            return self.tr("The spelling of this text is not checked; Edit, Spelling Language changes that.")
        if self._choice.language is None and self._settings.get(EDITOR_SPELLING) != OFF:
            return self.tr("The dictionary of the settings is missing; choose another there, under Editor.")
        if self._choice.language is None:
            return self.tr("Spelling is switched off in the settings, under Editor.")
        if not self._choice.language:
            return self.tr(
                "There is no dictionary for the language of this text. If there is, choose it under Edit, "
                "Spelling Language."
            )
        return self.tr(
            "There is no dictionary for this language ({language}). Edit, Spelling Language adds one."
        ).format(language=language_name(self._choice.language))

    def eventFilter(self, _window: QObject, event: QEvent) -> bool:
        """Retranslate on a change of language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        return False

    async def close(self) -> None:
        """Cancel a dialog."""
        self._timer.stop()
        await self._tasks.close(cancel=True)

    @property
    def _chosen(self) -> str:
        return self.chosen.get(_name(self._documents.current), "")

    def _tell_soon(self) -> None:
        self._timer.start(_AT_ONCE_MS)

    def _tell_later(self) -> None:
        if not self._timer.isActive():
            self._timer.start(_TYPING_MS)

    def _tell(self) -> None:
        """Ask the current text for its language, and check it with a dictionary of that."""
        self._timer.stop()
        document = self._window.editor.document()
        sample = text_between(document, 0, min(SAMPLE, document.characterCount() - 1))
        choice = self._chooser.choose(sample, self._chosen)
        self._spelling.use(choice.dictionary)
        if choice != self._choice:
            self._choice = choice
            self._retranslate()

    def _follow(self) -> None:
        """Keep the choice of a text that was saved or moved to another path."""
        for opened in self._documents.all:
            identity, before = self._known.get(opened, ("", ""))
            name = _name(opened)
            if identity == opened.document.id and before != name and before in self.chosen:
                self._remember(name, self.chosen[before])
            self._known[opened] = (opened.document.id, name)

    def _choose(self, chosen: str) -> None:
        """Check the current text with this dictionary; with `OFF` not at all, "" for what it tells."""
        self._remember(_name(self._documents.current), chosen)
        self._tell()
        self.changed.emit()

    def _remember(self, name: str, chosen: str) -> None:
        self.chosen.pop(name, None)
        if chosen and name:
            self.chosen = dict([*self.chosen.items(), (name, chosen)][-MAX_CHOICES:])

    # Menu

    def _retranslate(self) -> None:
        title = self.tr("Spelling Lan&guage")
        if self._choice.dictionary is not None:
            names = dictionary_names([self._choice.dictionary])
            title = self.tr("Spelling Lan&guage: {name}").format(
                name=printable(names[self._choice.dictionary])
            )
        self._menu.setTitle(title)

    def _fill(self) -> None:
        """List the dictionaries that there are now."""
        self._menu.clear()
        all_of_them = self._chooser.look_again()
        found = distinct(all_of_them.values())
        if self._chosen in all_of_them and all_of_them[self._chosen] not in found:
            found.append(all_of_them[self._chosen])
        told = self._add(self.tr("Told by the Text"), "")
        if not self._chosen and self._choice.language:
            dictionary = self._choice.dictionary
            language = dictionary_name(dictionary) if dictionary else language_name(self._choice.language)
            told.setText(self.tr("Told by the Text: {language}").format(language=language))
        self._menu.addSeparator()
        names = dictionary_names(found)
        for dictionary in sorted(found, key=lambda one: (not one.shipped, names[one].casefold())):
            self._add(names[dictionary], dictionary.name)
        self._add(self.tr("Not Checked"), OFF)
        self._menu.addSeparator()
        self._menu.addAction(self.tr("&Add a Dictionary…")).triggered.connect(
            lambda _checked: self._tasks.start(self._add_dictionary())
        )

    def _add(self, label: str, chosen: str) -> QAction:
        action = self._menu.addAction(label)
        action.setCheckable(True)
        action.setChecked(chosen == self._chosen)
        action.triggered.connect(lambda _checked, chosen=chosen: self._choose(chosen))
        return action

    async def _add_dictionary(self) -> None:
        """Let the user choose the files of a dictionary, and check the current text with it."""
        dialog = file_dialog(self._window, self.tr("Add a Dictionary"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Dictionaries") + f" (*{WORDS} *{AFFIXES})"])
        for file in await choose_files(dialog):
            try:
                name = await self._tasks.run(add_dictionary, Path(file), self._chooser.own)
            except UserError as error:
                self._window.status.show_message(localised(error))
                return
            self._chooser.look_again()
            self._choose(name)
            added = self._chooser.dictionaries.get(name)
            shown = dictionary_names([added])[added] if added else name
            self._window.status.show_message(
                self.tr("This text is checked with the new dictionary ({name}).").format(
                    name=printable(shown)
                )
            )


def language_name(name: str) -> str:
    """The name of a language, or of a dictionary's one, in that language itself."""
    locale = QLocale(name)
    known = locale.language() != QLocale.Language.C
    return locale.nativeLanguageName() if known else printable(name)


def dictionary_name(dictionary: Dictionary) -> str:
    """What to call a dictionary: as in the settings where it is the program's, else by its language."""
    kind = EDITOR_SPELLING.value_type
    assert isinstance(kind, OpenChoiceType)
    labels = (option.label for option in kind.options if option.value == dictionary.name)
    label = next(labels, "")
    return QCoreApplication.translate("settings", label) if label else language_name(dictionary.name)


def dictionary_names(dictionaries: list[Dictionary]) -> dict[Dictionary, str]:
    """What to call dictionaries: their language, and what tells those of one language apart."""
    names = {one: dictionary_name(one) for one in dictionaries}
    shown = list(names.values())
    return {one: name if shown.count(name) == 1 else f"{name} ({one.name})" for one, name in names.items()}


def _name(opened: OpenDocument) -> str:
    """The name by which a text is remembered."""
    return str(opened.document.path or opened.document.journal_name)
