"""A service that previews a training in a child process: its documents, and how long it takes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from writer.app.training.training_process import TrainingProcess
from writer.app.training.training_service import command_arguments
from writer.base.errors import Message
from writer.training import events
from writer.training.events import Previewed, TrainingRequest

GRACE_SECONDS = 2.0
"""The time in which a cancelled child may end before it is killed; it has no state to save."""


@dataclass(frozen=True, slots=True)
class PreviewState:
    """The progress of the preview of `request`, or its `result`; `sentence` says why there is none.

    `stage`, `done` and `total` are those of `events.Stage`.
    """

    request: TrainingRequest | None = None
    is_alive: bool = False
    stage: str = ""
    done: int = 0
    total: int = 0
    result: Previewed | None = None
    sentence: Message = ""

    @property
    def allows(self) -> bool:
        """Whether a training can begin."""
        return self.result is not None and not self.result.obstacle


class PreviewService(QObject):
    """Previews, one at a time; a newer request replaces an older one. Used from the loop's thread."""

    changed = Signal()
    """`state` changed."""

    def __init__(self) -> None:
        super().__init__()
        self.state = PreviewState()
        self._next: TrainingRequest | None = None
        self._process = TrainingProcess(self)
        self._process.event_received.connect(self._apply)
        self._process.ended.connect(self._ended)

    def preview(self, request: TrainingRequest) -> None:
        """Preview the training of a request."""
        self._set_state(PreviewState(request, is_alive=True, stage="scanning"))
        if self._process.is_alive:
            self._next = request
            self._process.stop("cancel", GRACE_SECONDS)
        else:
            self._process.start([*command_arguments(request), "--preview"])

    def stop(self) -> None:
        """Cancel the preview; extracted texts stay cached for the next one."""
        self._next = None
        self._set_state(PreviewState(self.state.request))
        self._process.stop("cancel", GRACE_SECONDS)

    def reset(self) -> None:
        """Cancel the preview and drop its request and result."""
        self._next = None
        if self.state != PreviewState():
            self._set_state(PreviewState())
            self._process.stop("cancel", GRACE_SECONDS)

    async def close(self) -> None:
        """Cancel the preview and wait for the end of its process."""
        self.stop()
        await self._process.wait()

    def _apply(self, event: events.Event) -> None:
        if self._next is not None or not self.state.is_alive:
            return  # an event of a cancelled preview
        match event:
            case events.Stage():
                self._set_state(replace(self.state, stage=event.stage, done=event.done, total=event.total))
            case events.Previewed():
                self._set_state(PreviewState(self.state.request, result=event))
            case events.TrainingFailed():
                self._set_state(PreviewState(self.state.request, sentence=event.sentence))

    def _ended(self) -> None:
        request, self._next = self._next, None
        if request is not None:
            self.preview(request)
        elif self.state.is_alive:
            sentence = "Looking at the folder ended unexpectedly; look again. Details are in the log."
            self._set_state(PreviewState(self.state.request, sentence=sentence))

    def _set_state(self, state: PreviewState) -> None:
        self.state = state
        self.changed.emit()
