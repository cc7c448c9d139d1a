"""The page Personalise: preview, start, progress, result, and versions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from writer.app.models.model_selection import training_request
from writer.app.models.model_service import ModelService
from writer.app.training.preview_service import PreviewService
from writer.app.training.training_service import TrainingService
from writer.base.paths import holds_home
from writer.base.printable import printable
from writer.settings.model_settings import SETTINGS
from writer.settings.schema import PERSONALISE_FOLDER
from writer.settings.store import SettingsStore
from writer.training.events import TrainingRequest
from writer.ui.common.dialogs import Confirmation, confirm
from writer.ui.common.translation import Retranslated
from writer.ui.common.widgets import Label
from writer.ui.settings_pages.personalise.mail_addresses import MailAddresses
from writer.ui.settings_pages.personalise.preview_box import PreviewBox
from writer.ui.settings_pages.personalise.progress_box import ProgressBox
from writer.ui.settings_pages.personalise.result_box import ResultBox
from writer.ui.settings_pages.personalise.versions import Versions


class PersonalisePage(Retranslated, QWidget):
    """The widgets of the page, shown or hidden by the state of `training`.

    `open_folder` returns the folder that is open beside the text, which is offered while none is chosen.
    """

    def __init__(
        self,
        training: TrainingService,
        previews: PreviewService,
        model_service: ModelService,
        settings: SettingsStore,
        open_folder: Callable[[], Path | None] = lambda: None,
    ) -> None:
        super().__init__()
        self._open_folder = open_folder
        self._training = training
        self._previews = previews
        self._settings = settings
        self.preview = PreviewBox()
        self.addresses = MailAddresses(settings)
        self.progress = ProgressBox()
        self.result = ResultBox()
        self.versions = Versions(model_service)
        self.choose = Label(wordWrap=True)
        self.choose.setProperty("tone", "muted")
        self.take_open = QPushButton(autoDefault=False)
        self._choice = QWidget()
        self.wide = Label(wordWrap=True)
        self.wide.setProperty("tone", "warning")
        self.look_anyway = QPushButton(autoDefault=False)
        self._wide = QWidget()
        self._allowed_folder = ""
        self.interrupted = Label(wordWrap=True)
        self.resume = QPushButton(autoDefault=False)
        self.discard = QPushButton(autoDefault=False)
        self._interrupted = QWidget()
        self._lay_out()
        self._connect(model_service)
        self.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Show the current state."""
        training, state = self._training, self._training.state
        alive = state.is_alive
        self.progress.setVisible(alive)
        self.result.setVisible(not alive and state.phase != "idle")
        preview, request = self._previews.state, self._request()
        needs_answer = self._needs_answer(request)
        self.preview.setVisible(not alive and not needs_answer)
        self._wide.setVisible(not alive and needs_answer)
        self.preview.show_preview(preview, preview.request == request)
        result = preview.result
        has_mails = result is not None and result.own_addresses is not None
        self.addresses.setVisible(
            self.preview.isVisibleTo(self) and (has_mails or bool(request.own_addresses))
        )
        self._choice.setVisible(not alive and not request.folder)
        self._offer_open_folder()
        if alive:
            self.progress.show_training(state)
        else:
            self.result.show_training(state)
        self._interrupted.setVisible(not alive and not state.run and bool(training.unfinished()))

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.choose.setText(self.tr("Choose the folder that holds your texts, to see what would be learned."))
        self.wide.setText(
            self.tr("This folder holds everything that is yours, not only texts. Choose a smaller one?")
        )
        self.look_anyway.setText(self.tr("Look at all of it"))
        self._offer_open_folder()
        self.interrupted.setText(self.tr("A training was interrupted; everything it had learned is kept."))
        self.resume.setText(self.tr("Go on"))
        self.discard.setText(self.tr("Discard"))

    def showEvent(self, event: QShowEvent) -> None:
        """Start the preview if it is not there yet."""
        super().showEvent(event)
        self._offer_open_folder()
        self._preview_new_settings()

    def _request(self) -> TrainingRequest:
        return training_request(self._settings)

    def _start_preview(self) -> None:
        self._previews.preview(self._request())

    def _preview_new_settings(self) -> None:
        """Start the preview of the current settings, unless it exists or no folder is chosen."""
        alive, request = self._training.state.is_alive, self._request()
        if not request.folder or self._needs_answer(request):
            self._previews.reset()
        elif self.isVisible() and not alive and self._previews.state.request != request:
            self._start_preview()

    def _needs_answer(self, request: TrainingRequest) -> bool:
        """Whether the folder holds the home folder, and nobody said that it may be read."""
        folder = request.folder
        return bool(folder) and folder != self._allowed_folder and holds_home(Path(folder))

    def _offer_open_folder(self) -> None:
        """Offer the folder that is open beside the text."""
        folder = self._open_folder()
        self.take_open.setVisible(folder is not None)
        if folder is not None:
            name = printable(folder.name or folder)
            self.take_open.setText(self.tr("Take the open folder “{name}”").format(name=name))

    def _take_open_folder(self) -> None:
        if (folder := self._open_folder()) is not None:
            self._settings.set(PERSONALISE_FOLDER, str(folder))

    def _allow_folder(self) -> None:
        self._allowed_folder = self._request().folder
        self._update_for_settings("")

    def _start_training(self) -> None:
        self._training.start(self._request())

    def _latest_run(self) -> str:
        return next(reversed(self._training.unfinished()), "")

    def _confirm_cancel(self) -> None:
        confirmation = Confirmation(
            self.tr("Cancel training"),
            self.tr("Cancel the training? What it has learned so far is lost."),
            self.tr("Cancel training"),
            self.tr("Keep learning"),
        )
        confirm(self, confirmation, self._training.cancel)

    def _connect(self, model_service: ModelService) -> None:
        training = self._training
        training.changed.connect(self.refresh)
        training.published.connect(lambda _model, _live: self.versions.refresh())
        self._previews.changed.connect(self.refresh)
        self.preview.stop_requested.connect(self._previews.stop)
        self.preview.refresh_requested.connect(self._start_preview)
        self.preview.start_requested.connect(self._start_training)
        self.take_open.clicked.connect(self._take_open_folder)
        self.look_anyway.clicked.connect(self._allow_folder)
        self.resume.clicked.connect(lambda: training.resume(self._latest_run()))
        self.discard.clicked.connect(lambda: training.discard(self._latest_run()))
        self.progress.pause_requested.connect(training.pause)
        self.progress.resume_requested.connect(training.unpause)
        self.progress.stop_requested.connect(training.stop)
        self.progress.cancel_requested.connect(self._confirm_cancel)
        self.result.use_requested.connect(model_service.use_model)
        self.result.resume_requested.connect(training.resume)
        self.result.discard_requested.connect(training.discard)
        self.destroyed.connect(self._settings.subscribe("personalise", self._update_for_settings))
        for setting in SETTINGS.values():
            self.destroyed.connect(self._settings.subscribe(setting.key, self._update_for_model))

    def _update_for_model(self, _key: str) -> None:
        """Look again, because the models that write are those that learn."""
        if not self._training.state.is_alive:
            self._previews.reset()
            self._preview_new_settings()

    def _update_for_settings(self, _key: str) -> None:
        self.refresh()
        self._preview_new_settings()

    def _lay_out(self) -> None:
        _lay_out_question(self._choice, self.choose, self.take_open)
        _lay_out_question(self._wide, self.wide, self.look_anyway)
        _lay_out_question(self._interrupted, self.interrupted, self.resume, self.discard)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(14)
        questions = (self._choice, self._wide, self.preview, self.addresses, self._interrupted)
        for part in (*questions, self.progress, self.result, self.versions):
            column.addWidget(part)


def _lay_out_question(box: QWidget, sentence: QWidget, *answers: QPushButton) -> None:
    """Fill a box with a sentence and the buttons below it."""
    buttons = QHBoxLayout()
    buttons.setContentsMargins(0, 0, 0, 0)
    buttons.setSpacing(6)
    for button in answers:
        buttons.addWidget(button)
    buttons.addStretch()
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(sentence)
    column.addLayout(buttons)
