"""A service that previews a training in a child process: what would be learned, and how long it takes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from writer.app.training.training_process import TrainingProcess
from writer.app.training.training_service import arguments
from writer.base.errors import Message
from writer.training import events
from writer.training.events import Previewed, TrainingRequest

PATIENCE = 2.0
"""Seconds that the child may take to end by itself; it keeps nothing that could be half done."""


@dataclass(frozen=True, slots=True)
class PreviewState:
    """How far the look at `request` is, or what it has `seen`; `sentence` says why it saw nothing.

    `stage`, `done` and `total` are those of `events.Stage`.
    """

    request: TrainingRequest | None = None
    is_alive: bool = False
    stage: str = ""
    done: int = 0
    total: int = 0
    seen: Previewed | None = None
    sentence: Message = ""

    @property
    def allows(self) -> bool:
        """Whether a training may begin."""
        return self.seen is not None and not self.seen.obstacle


class PreviewService(QObject):
    """One look at a time; a newer wish takes the place of an older one. Used from the loop's thread."""

    changed = Signal()
    """`state` is another one now."""

    def __init__(self) -> None:
        super().__init__()
        self.state = PreviewState()
        self._next: TrainingRequest | None = None
        self._child = TrainingProcess(self)
        self._child.told.connect(self._follow)
        self._child.ended.connect(self._ended)

    def look(self, request: TrainingRequest) -> None:
        """Look at what this wish would learn."""
        self._become(PreviewState(request, is_alive=True, stage="scanning"))
        if self._child.is_alive:
            self._next = request
            self._child.end("cancel", PATIENCE)
        else:
            self._child.start([*arguments(request), "--preview"])

    def stop(self) -> None:
        """End the look; what was read so far is kept for the next one."""
        self._next = None
        self._become(PreviewState(self.state.request))
        self._child.end("cancel", PATIENCE)

    def forget(self) -> None:
        """End the look, and forget what was wished."""
        self._next = None
        if self.state != PreviewState():
            self._become(PreviewState())
            self._child.end("cancel", PATIENCE)

    async def close(self) -> None:
        """End the look, and wait for its end."""
        self.stop()
        await self._child.gone()

    def _follow(self, event: events.Event) -> None:
        if self._next is not None or not self.state.is_alive:
            return  # it speaks of a look that nobody wants any more
        match event:
            case events.Stage():
                self._become(replace(self.state, stage=event.stage, done=event.done, total=event.total))
            case events.Previewed():
                self._become(PreviewState(self.state.request, seen=event))
            case events.TrainingFailed():
                self._become(PreviewState(self.state.request, sentence=event.sentence))

    def _ended(self) -> None:
        request, self._next = self._next, None
        if request is not None:
            self.look(request)
        elif self.state.is_alive:
            sentence = "Looking at the folder ended unexpectedly; look again. Details are in the log."
            self._become(PreviewState(self.state.request, sentence=sentence))

    def _become(self, state: PreviewState) -> None:
        self.state = state
        self.changed.emit()
