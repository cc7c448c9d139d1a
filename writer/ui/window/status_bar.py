"""The status bar: the last message, the model, and the number of words."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from writer.base.errors import Message
from writer.base.printable import printable
from writer.engine.engine_state import EngineFailed, EngineLoading, EngineReady
from writer.ui.common.translation import Retranslated, localised
from writer.ui.common.widgets import Label, plain_tooltip

SERVER, LOCAL_SERVER = "server", "local server"
"""The devices of a model on a server elsewhere, and of one that another program of this computer runs."""

_LINE_ENDS = {"\n": "LF", "\r\n": "CRLF", "\r": "CR"}

MESSAGE_MS = 8_000
"""The time for which a message is shown."""


class StatusBar(Retranslated, QWidget):
    """The status bar: the message at the left; model, file format and word count at the right."""

    more_requested = Signal()
    """The user wants more information about the reason shown."""

    why_requested = Signal()
    """The user wants to know why there is no suggestion."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.message = _Line()
        self.message.setObjectName("message")
        self.more = QPushButton(autoDefault=False)
        self.more.setObjectName("more")
        self.more.hide()
        self.more.setProperty("quiet", True)
        self.more.clicked.connect(self.more_requested)
        self.why = QPushButton(autoDefault=False)
        self.why.setObjectName("why")
        self.why.hide()
        self.why.setProperty("quiet", True)
        self.why.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.why.clicked.connect(self.why_requested)
        self.model = Label()
        self.model.setObjectName("model")
        self.form = QPushButton(flat=True)
        self.form.setObjectName("form")
        self.form.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.words = Label()
        self.words.setObjectName("words")
        self._state: EngineLoading | EngineReady | EngineFailed = EngineLoading("")
        self._problem: Message = ""
        self._count = 0
        self._session_goal = self._day_goal = (0, 0)
        self._text_goal = 0
        self._kept_messages: list[Callable[[], str]] = []
        """Functions that return the permanent messages in the current language."""
        self._timer = QTimer(self, singleShot=True, interval=MESSAGE_MS)
        self._timer.timeout.connect(lambda: self.show_message(""))
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 3, 16, 5)
        row.setSpacing(20)
        row.addWidget(self.message, 1)
        row.addWidget(self.more)
        row.addWidget(self.why)
        row.addWidget(self.model)
        row.addWidget(self.form)
        row.addWidget(self.words)
        for label in (self.message, self.model, self.words):
            label.setProperty("tone", "muted")
        self.retranslate()

    @property
    def loading(self) -> bool:
        """Whether the shown state is an engine that is being loaded."""
        return isinstance(self._state, EngineLoading)

    def show_message(self, sentence: str, reason: bool = False) -> None:
        """Show a message for MESSAGE_MS; for a `reason`, more information is offered."""
        self._kept_messages.clear()
        self._display(sentence, reason)
        if sentence:
            self._timer.start()

    def offer_why(self, on: bool) -> None:
        """Offer, or offer no longer, to say why there is no suggestion."""
        self.why.setVisible(on)

    def keep_message(self, text: Callable[[], str]) -> None:
        """Show `text()`, with the other permanent messages, until the next message.

        It is called again on a change of language.
        """
        if text not in self._kept_messages:
            self._kept_messages.append(text)
        self._display_kept()

    def remove_message(self, text: Callable[[], str]) -> None:
        """Remove `text` from the permanent messages, where it is one of them."""
        if text in self._kept_messages:
            self._kept_messages.remove(text)
            self._display_kept()

    def set_state(self, state: EngineLoading | EngineReady | EngineFailed) -> None:
        """Show the state of the engine."""
        self.remove_message(self._failure)
        self._state, self._problem = state, ""
        if self._failure():
            self.keep_message(self._failure)
        self.retranslate()

    def set_problem(self, message: Message) -> None:
        """Show why the loaded engine could not answer; "" once it answers again."""
        self.remove_message(self._failure)
        self._problem = message
        if self._failure():
            self.keep_message(self._failure)
        self.retranslate()

    def set_form(self, encoding: str, newline: str) -> None:
        """Show the encoding and the line ends of the file."""
        self.form.setText(f"{encoding}  ·  {_LINE_ENDS[newline]}")

    def set_words(self, count: int) -> None:
        """Show the number of words."""
        self._count = count
        number = self.locale().toString
        text = self.tr("{count} word") if count == 1 else self.tr("{count} words")
        if self._text_goal:
            text = self.tr("{count} of {goal} words")
        parts = [text.format(count=number(count), goal=number(self._text_goal))]
        for (written, goal), label in (
            (self._session_goal, self.tr("{written} of {goal}")),
            (self._day_goal, self.tr("{written} of {goal} today")),
        ):
            if goal:
                parts.append(label.format(written=number(written), goal=number(goal)))
        self.words.setText("  ·  ".join(parts))
        goals = ((count, self._text_goal), self._session_goal, self._day_goal)
        reached = [written >= goal for written, goal in goals if goal]
        tone = "accent" if reached and all(reached) else "muted"
        if self.words.property("tone") != tone:
            self.words.setProperty("tone", tone)
            self.words.style().polish(self.words)

    def set_goal(self, written: int, goal: int) -> None:
        """Show `written` words of the session's `goal`; nothing for a goal of 0."""
        self._session_goal = (max(0, written), goal)
        self.set_words(self._count)

    def set_day_goal(self, written: int, goal: int) -> None:
        """Show `written` words of the day's `goal`; nothing for a goal of 0."""
        self._day_goal = (max(0, written), goal)
        self.set_words(self._count)

    def set_text_goal(self, goal: int) -> None:
        """Show the goal of the text in the editor; nothing for a goal of 0."""
        self._text_goal = goal
        self.set_words(self._count)

    def retranslate(self) -> None:
        """See `Retranslated`."""
        state = self._state
        if isinstance(state, EngineReady):
            model = printable(state.model)
            leaves = self.tr("Text leaves this computer: {model}").format(model=model)
            slower = self.tr("{model}, slower").format(model=model)
            here = slower if state.slow else model
            self.model.setText(leaves if state.device == SERVER else here)
            runs = self.tr("Runs on: {device}. {why}")
            runs = runs.format(device=state.device, why=localised(state.why))
            if state.slow:
                runs = f"{runs} {localised(state.slow)}"
            self.model.setToolTip(plain_tooltip(localised(self._problem) or runs))
        elif isinstance(state, EngineFailed):
            self.model.setText(self.tr("No model"))
            self.model.setToolTip(plain_tooltip(localised(state.message)))
        else:
            self.model.setText(self.tr("Loading the model…"))
            self.model.setToolTip(plain_tooltip(localised(state.detail)))
        warns = bool(self._problem) or getattr(state, "device", "") == SERVER
        self.model.setProperty("tone", "warning" if warns else "muted")
        self.model.style().polish(self.model)
        self.more.setText(self.tr("Show more"))
        self.why.setText(self.tr("Why no suggestion?"))
        self.model.setAccessibleName(self.tr("Model"))
        self.form.setAccessibleName(self.tr("Encoding and line ends"))
        self.form.setToolTip(self.tr("Encoding and line ends of the file; a click changes the encoding."))
        self.words.setAccessibleName(self.tr("Words"))
        self.set_words(self._count)
        if self._kept_messages:
            self._display_kept()

    def _failure(self) -> str:
        """The message of an engine that failed, at loading or at its last answer, or of a server."""
        state = self._state
        trouble = state.trouble if isinstance(state, EngineReady) else ""
        return localised(state.message if isinstance(state, EngineFailed) else self._problem or trouble)

    def _display_kept(self) -> None:
        self._display(" ".join(text() for text in self._kept_messages))

    def _display(self, text: str, reason: bool = False) -> None:
        self._timer.stop()
        self.message.set_text(text)
        self.more.setVisible(reason)


class _Line(Label):
    """A label that elides its text, and has the full text as tooltip."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setForegroundRole(QPalette.ColorRole.WindowText)

    def set_text(self, text: str) -> None:
        """Set the text."""
        self._text = text
        shown = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, self.width())
        self.setText(shown)
        self.setToolTip(plain_tooltip(text if shown != text else ""))
        self.setAccessibleName(text)

    def full_text(self) -> str:
        """The text before eliding."""
        return self._text

    def minimumSizeHint(self) -> QSize:
        """A minimum width of 0."""
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Elide again."""
        super().resizeEvent(event)
        self.set_text(self._text)
