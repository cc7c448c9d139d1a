"""The page's own part: the button, the training, what it gave, and the versions."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMessageBox, QPushButton, QVBoxLayout, QWidget

from writer.app.choosing import personal_wish
from writer.app.downloads import Downloads
from writer.app.personalising import Personalising
from writer.settings.schema import PERSONALISE_FOLDER
from writer.settings.store import SettingsStore
from writer.ui.personalise.progress_box import ProgressBox
from writer.ui.personalise.result_box import ResultBox
from writer.ui.personalise.versions import Versions


class PersonaliseBox(QWidget):
    """Follows `personalising`; shows what makes sense now."""

    def __init__(self, personalising: Personalising, downloads: Downloads, settings: SettingsStore) -> None:
        super().__init__()
        self._personalising = personalising
        self._settings = settings
        self.learn = QPushButton(autoDefault=False)
        self.progress = ProgressBox()
        self.result = ResultBox()
        self.versions = Versions(downloads)
        self.interrupted = QLabel(wordWrap=True)
        self.go_on = QPushButton(autoDefault=False)
        self.discard = QPushButton(autoDefault=False)
        self._interrupted = QWidget()
        self._buttons = QWidget()
        self._lay_out()
        self._connect(downloads)
        self.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Show what is the case now."""
        personalising, state = self._personalising, self._personalising.learning
        alive = state.is_alive
        self.progress.setVisible(alive)
        self.result.setVisible(not alive and state.phase != "idle")
        self._buttons.setVisible(not alive)
        if alive:
            self.progress.show_learning(state)
        else:
            self.result.show_learning(state)
        self._interrupted.setVisible(not alive and not state.run and bool(personalising.unfinished()))
        self.learn.setEnabled(bool(self._settings.get(PERSONALISE_FOLDER)))

    def retranslate(self) -> None:
        """Put every text in the language of the moment."""
        self.learn.setText(self.tr("Learn"))
        self.interrupted.setText(self.tr("A training was interrupted; everything it had learned is kept."))
        self.go_on.setText(self.tr("Go on"))
        self.discard.setText(self.tr("Discard"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def _learn(self) -> None:
        self._personalising.start(personal_wish(self._settings))

    def _latest(self) -> str:
        return next(reversed(self._personalising.unfinished()), "")

    def _ask_to_cancel(self) -> None:
        question = self.tr("Cancel the training? What it has learned so far is lost.")
        box = QMessageBox(QMessageBox.Icon.Question, self.tr("Cancel training"), question, parent=self)
        cancel = box.addButton(self.tr("Cancel training"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(self.tr("Keep learning"), QMessageBox.ButtonRole.RejectRole))
        cancel.clicked.connect(self._personalising.cancel)
        box.finished.connect(box.deleteLater)
        box.open()

    def _connect(self, downloads: Downloads) -> None:
        personalising = self._personalising
        personalising.changed.connect(self.refresh)
        personalising.published.connect(lambda _model, _live: self.versions.refresh())
        self.learn.clicked.connect(self._learn)
        self.go_on.clicked.connect(lambda: personalising.resume(self._latest()))
        self.discard.clicked.connect(lambda: personalising.discard(self._latest()))
        self.progress.paused.connect(personalising.pause)
        self.progress.went_on.connect(personalising.go_on)
        self.progress.stopped.connect(personalising.stop)
        self.progress.cancelled.connect(self._ask_to_cancel)
        self.result.used.connect(downloads.use_model)
        self.result.went_on.connect(personalising.resume)
        self.result.discarded.connect(personalising.discard)
        unsubscribe = self._settings.subscribe("personalise", lambda _key: self.refresh())
        self.destroyed.connect(lambda _gone: unsubscribe())

    def _lay_out(self) -> None:
        buttons = QHBoxLayout(self._buttons)
        again = QHBoxLayout()
        for row, members in ((buttons, (self.learn,)), (again, (self.go_on, self.discard))):
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(6)
            for button in members:
                row.addWidget(button)
            row.addStretch()
        waiting = QVBoxLayout(self._interrupted)
        waiting.setContentsMargins(0, 0, 0, 0)
        waiting.addWidget(self.interrupted)
        waiting.addLayout(again)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(14)
        parts = (self._buttons, self._interrupted, self.progress, self.result, self.versions)
        for part in parts:
            column.addWidget(part)
