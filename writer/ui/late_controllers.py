"""The controllers that the first keys do not wait for: each is imported and made a moment after the start.

Together they take a fifth of the start. One that is asked for earlier is made at once, and all are when one
of their actions is triggered.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from writer.base.garbage import collect_less_often
from writer.ui.window.action_id import ActionId

if TYPE_CHECKING:
    import asyncio

    from writer.app.container import Container
    from writer.app.desktop.update_check import UpdateChecker
    from writer.app.documents.session import Session
    from writer.settings.store import SettingsStore
    from writer.ui.common.theme import ThemeSwitcher
    from writer.ui.controllers.alternatives import AlternativesController
    from writer.ui.controllers.authorship.authorship import AuthorshipController
    from writer.ui.controllers.corrections import CorrectionController
    from writer.ui.controllers.explanation import ExplanationController
    from writer.ui.controllers.files import FileController
    from writer.ui.controllers.keys import KeyController
    from writer.ui.controllers.links.images import ImageController
    from writer.ui.controllers.links.links import LinkController
    from writer.ui.controllers.printing import PrintController
    from writer.ui.controllers.project.project import ProjectController
    from writer.ui.controllers.project.project_files import ProjectFileController
    from writer.ui.controllers.project.project_search import ProjectSearchController
    from writer.ui.controllers.project.project_words import ProjectWordsController
    from writer.ui.controllers.project.quick_open import QuickOpenController
    from writer.ui.controllers.recent_files import RecentFilesController
    from writer.ui.controllers.retraining.retraining import RetrainingController
    from writer.ui.controllers.saving.versions import VersionsController
    from writer.ui.controllers.search import SearchController
    from writer.ui.controllers.spelling.spelling import SpellingController
    from writer.ui.controllers.spelling.spelling_language import SpellingLanguageController
    from writer.ui.controllers.view import ViewController
    from writer.ui.editor.open_documents import OpenDocuments
    from writer.ui.window.main_window import MainWindow

START_MS = 300
"""The time from `start` to the first of them."""

PAUSE_MS = 20
"""The time between two of them, in which keys are handled."""

PATIENCE_SECONDS = 3.0
"""The time after `start` for which they wait while an answer is awaited, which takes all cores."""

_NAMES = (
    "authorship",
    *("spelling_language", "spelling", "corrections", "search"),
    *("project", "project_search", "project_words", "project_files", "quick_open"),
    *("images", "links", "alternatives", "explanation", "versions", "printer", "updates"),
    "retraining",
)
"""The controllers in the order in which they are made."""

_ACTIONS = {
    ActionId.EDIT_FIND: "search",
    ActionId.EDIT_REPLACE: "search",
    ActionId.EDIT_FIND_NEXT: "search",
    ActionId.EDIT_FIND_PREVIOUS: "search",
    ActionId.FILE_OPEN_FOLDER: "project",
    ActionId.VIEW_FOLDER: "project",
    ActionId.FIND_IN_FOLDER: "project_search",
    ActionId.FILE_QUICK_OPEN: "quick_open",
    ActionId.FILE_PRINT: "printer",
    ActionId.FILE_PRINT_PREVIEW: "printer",
    ActionId.FILE_VERSIONS: "versions",
    ActionId.FILE_EXPORT_AUTHORSHIP: "authorship",
    ActionId.VIEW_AUTHORSHIP: "authorship",
    ActionId.FORMAT_FOLLOW: "links",
    ActionId.SPELL_NEXT: "spelling",
    ActionId.SUGGEST_WORDS: "alternatives",
    ActionId.SUGGEST_INSIDE: "explanation",
}
"""The actions that do nothing before their controllers are made."""


@dataclass(frozen=True, slots=True)
class WindowParts:
    """What controllers are made of: the window, its documents, and the controllers that are there first."""

    window: MainWindow
    container: Container
    documents: OpenDocuments
    files: FileController
    recent: RecentFilesController
    view: ViewController
    keys: KeyController
    settings: SettingsStore
    theme: ThemeSwitcher
    session: Session
    loop: asyncio.AbstractEventLoop


class LateControllers(QObject):
    """Makes its controllers one after the other, after `start`."""

    session_changed = Signal()
    """What the session remembers has changed."""

    message_ready = Signal(object)
    """A Message of the check for updates."""

    def __init__(self, parts: WindowParts) -> None:
        super().__init__(parts.window)
        self._parts = parts
        self._closers: list[Callable[[], Coroutine[None, None, None]]] = []
        self._left = list(_NAMES)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._make_in_pause)
        self._patient_until = 0.0
        actions = parts.window.actions_by_name
        self._waiting = [
            (
                actions[name],
                actions[name].triggered.connect(lambda on, name=name: self._handle_early(name, on)),
            )
            for name in _ACTIONS
        ]

    def start(self) -> None:
        """Begin to make them; the list of a folder that was open comes first, as it takes place."""
        if self._parts.session.project:
            _ = self.project
        if self._left:
            self._patient_until = self._parts.loop.time() + PATIENCE_SECONDS
            self._timer.start(START_MS)

    def make_all(self) -> None:
        """Make all that are not there yet."""
        while self._left:
            self._make_next()

    def forget_origins(self) -> None:
        """Let the characters that are there count as imported."""
        self.authorship.forget()

    def end(self) -> None:
        """End what goes on while the texts are closed."""
        if "authorship" in vars(self):
            self.authorship.end()

    async def close(self) -> None:
        """End what they are doing."""
        self._timer.stop()
        for close in self._closers:
            await close()

    def _make_in_pause(self) -> None:
        """Make the next, unless an answer is awaited; the first, which follows what is written, anyway."""
        first = len(self._left) == len(_NAMES)
        waits = self._parts.container.suggestions.busy and self._parts.loop.time() < self._patient_until
        if first or not waits:
            self._make_next()

    def _make_next(self) -> None:
        getattr(self, self._left.pop(0))
        self._timer.setInterval(PAUSE_MS)
        if not self._left:
            self._timer.stop()
            collect_less_often()
            for action, connection in self._waiting:
                action.triggered.disconnect(connection)
            self._waiting.clear()

    def _handle_early(self, name: ActionId, checked: bool) -> None:
        """Make all, and let the method of an action see it that was connected too late for that."""
        if _ACTIONS[name] not in vars(self):
            self.make_all()
            self._parts.window.actions_by_name[name].triggered[bool].emit(checked)  # type: ignore[index]

    @cached_property
    def authorship(self) -> AuthorshipController:
        """Follows where the text comes from."""
        from writer.ui.controllers.authorship.authorship import AuthorshipController

        parts = self._parts
        controller = AuthorshipController(
            *(parts.window, parts.documents, parts.files, parts.container.authorship),
            *(parts.settings, parts.theme, parts.loop),
        )
        self._closers.append(controller.close)
        return controller

    @cached_property
    def spelling(self) -> SpellingController:
        """Marks misspelt words."""
        from writer.ui.controllers.spelling.spelling import SpellingController

        parts, container = self._parts, self._parts.container
        controller = SpellingController(
            *(parts.window, container.spelling, parts.view.is_code),
            container.dictionaries.is_foreign,
            *(self.spelling_language.why_off, parts.theme, parts.loop),
        )
        self._closers.append(controller.close)
        return controller

    @cached_property
    def spelling_language(self) -> SpellingLanguageController:
        """Tells the language of a text, in which it is checked."""
        from writer.ui.controllers.spelling.spelling_language import SpellingLanguageController

        parts, container = self._parts, self._parts.container
        controller = SpellingLanguageController(
            *(parts.window, parts.documents, container.spelling, container.dictionaries),
            *(parts.settings, parts.loop),
            chosen=dict(parts.session.spelling),
        )
        controller.changed.connect(self.session_changed)
        self._closers.append(controller.close)
        return controller

    @cached_property
    def corrections(self) -> CorrectionController:
        """Offers corrections of the words just typed."""
        from writer.ui.controllers.corrections import CorrectionController

        parts, container = self._parts, self._parts.container
        return CorrectionController(
            *(parts.window, container.corrections, container.suggestions, container.spelling),
            *(parts.settings, parts.view.is_code, container.dictionaries.is_foreign),
        )

    @cached_property
    def search(self) -> SearchController:
        """Finds and replaces in the text."""
        from writer.ui.controllers.search import SearchController

        parts = self._parts
        controller = SearchController(parts.window, parts.container.search, parts.theme, parts.loop)
        self._closers.append(controller.close)
        return controller

    @cached_property
    def project(self) -> ProjectController:
        """Lists a folder of texts."""
        from writer.ui.controllers.project.project import ProjectController

        parts = self._parts
        controller = ProjectController(
            *(parts.window, parts.documents, parts.files, parts.loop),
            last=parts.session.project,
            hidden=parts.session.project_hidden,
        )
        controller.folder_changed.connect(self.session_changed)
        self._closers.append(controller.close)
        return controller

    @cached_property
    def project_files(self) -> ProjectFileController:
        """Makes, renames and deletes texts of the folder."""
        from writer.ui.controllers.project.project_files import ProjectFileController

        parts = self._parts
        return ProjectFileController(
            parts.window, parts.documents, parts.files, self.project, parts.container.histories
        )

    @cached_property
    def project_search(self) -> ProjectSearchController:
        """Finds and replaces in the folder."""
        from writer.ui.controllers.project.project_search import ProjectSearchController

        parts = self._parts
        controller = ProjectSearchController(
            parts.window,
            parts.documents,
            parts.files,
            self.project,
            parts.container.search,
            parts.container.histories,
            parts.loop,
        )
        self._closers.insert(0, controller.close)
        return controller

    @cached_property
    def project_words(self) -> ProjectWordsController:
        """Counts the words of the folder."""
        from writer.ui.controllers.project.project_words import ProjectWordsController

        parts = self._parts
        controller = ProjectWordsController(parts.window, parts.documents, self.project, parts.loop)
        self._closers.insert(0, controller.close)
        return controller

    @cached_property
    def quick_open(self) -> QuickOpenController:
        """Opens a text by its name."""
        from writer.ui.controllers.project.quick_open import QuickOpenController

        parts = self._parts
        return QuickOpenController(parts.window, self.project, lambda: parts.recent.paths, parts.files.open)

    @cached_property
    def links(self) -> LinkController:
        """Follows links and footnotes."""
        from writer.ui.controllers.links.links import LinkController

        parts = self._parts
        return LinkController(
            *(parts.window, parts.documents, parts.files, parts.view.is_code_now, parts.keys.click_places)
        )

    @cached_property
    def images(self) -> ImageController:
        """Shows images in their place."""
        from writer.ui.controllers.links.images import ImageController

        parts = self._parts
        controller = ImageController(parts.window, parts.documents, parts.view, parts.settings, parts.loop)
        self._closers.append(controller.close)
        return controller

    @cached_property
    def alternatives(self) -> AlternativesController:
        """Offers other words."""
        from writer.ui.controllers.alternatives import AlternativesController

        return AlternativesController(self._parts.window, self._parts.container.alternatives)

    @cached_property
    def explanation(self) -> ExplanationController:
        """Shows the panel "Why this?"."""
        from writer.ui.controllers.explanation import ExplanationController

        container = self._parts.container
        return ExplanationController(self._parts.window, container.explanations, container.suggestions)

    @cached_property
    def versions(self) -> VersionsController:
        """Shows and restores versions."""
        from writer.ui.controllers.saving.versions import VersionsController

        parts = self._parts
        controller = VersionsController(
            parts.window, parts.documents, parts.files, parts.container.histories, parts.loop
        )
        self._closers.append(controller.close)
        return controller

    @cached_property
    def printer(self) -> PrintController:
        """Prints."""
        from writer.ui.controllers.printing import PrintController

        controller = PrintController(self._parts.window, self._parts.settings, self._parts.loop)
        self._closers.append(controller.close)
        return controller

    @cached_property
    def retraining(self) -> RetrainingController:
        """Lets another base learn the texts of a personal model."""
        from writer.ui.controllers.retraining.retraining import RetrainingController

        parts = self._parts
        controller = RetrainingController(parts.window, parts.container, parts.settings, parts.loop)
        self._closers.append(controller.close)
        return controller

    @cached_property
    def updates(self) -> UpdateChecker:
        """Checks for a newer version, if the settings enable that."""
        from writer.app.desktop.update_check import UpdateChecker

        checker = UpdateChecker(self._parts.settings, self._parts.loop)
        checker.message_ready.connect(self.message_ready)
        self._closers.append(checker.close)
        checker.start()
        return checker
