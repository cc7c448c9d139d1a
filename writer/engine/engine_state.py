"""The state of an engine, which the worker sends to its listener: what a status bar needs, and no more."""

from __future__ import annotations

from dataclasses import dataclass

from writer.base.errors import Message


@dataclass(frozen=True, slots=True)
class EngineLoading:
    """The model is being loaded; `detail` is a sentence for the status bar."""

    model: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class EngineReady:
    """The engine is loaded, and `device` runs it because of `why`; `slow` says why it is slow, "" if not.

    `trouble` says why a server does not answer in its place, "" where none is wanted.
    """

    model: str
    device: str
    why: Message
    slow: Message = ""
    trouble: Message = ""


@dataclass(frozen=True, slots=True)
class EngineFailed:
    """The engine could not load or answer; `message` is a sentence for the user.

    `request` is the id of the request or task that failed, 0 for none.
    """

    message: Message
    request: int = 0
