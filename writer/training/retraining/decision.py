"""The decision what to do now about texts that another base model could learn.

A training by itself must not be noticed: it runs only while nobody writes and the machine has nothing else to
do, and waits as soon as one of these ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Answer = Literal["ask", "yes", "no"]
"""The user's word: whether texts may be learned again, or "ask" while nothing was said."""

Running = Literal["none", "own", "other"]
"""What is being trained: nothing, the texts of the decision, or what the user started or took over."""

Step = Literal["wait", "ask", "tell", "start", "pause", "go on", "stop"]

IDLE_SECONDS = 180.0
"""Seconds without a key or the mouse from which on nobody is writing."""

FREE_LOAD = 0.25
"""The share of all processors that others may use where a training begins or goes on."""

PAUSE_SECONDS = 600.0
"""Seconds that a training waits in memory before it is saved and ended, to be continued later."""

_PAUSING = ("fitting", "comparing")
"""The stages that can wait without losing work; the others end, and begin again quickly from caches."""

_LAST = "publishing"
"""The stage that takes a moment, and is not interrupted."""


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the decision depends on.

    `wanted` is whether there are texts to learn again, `obstacle` whether they cannot be. `stage` is that of
    the own training (`events.Stage`); `paused` the seconds for which it has waited, None where it does not.
    `untouched` are the seconds since the last key or movement of the mouse, `load` is the share of all
    processors in use.
    """

    answer: Answer = "ask"
    wanted: bool = False
    obstacle: bool = False
    running: Running = "none"
    stage: str = ""
    paused: float | None = None
    untouched: float = 0.0
    load: float = 1.0
    on_battery: bool = False

    @property
    def is_free(self) -> bool:
        """Whether nobody writes, and power comes from the mains."""
        return self.untouched >= IDLE_SECONDS and not self.on_battery

    @property
    def is_quiet(self) -> bool:
        """Whether nothing else needs the machine, either."""
        return self.is_free and self.load <= FREE_LOAD


def decide(now: Situation) -> Step:
    """What to do now."""
    if now.running == "own":
        return _decide_running(now)
    if now.running == "other" or not now.wanted or now.answer == "no":
        return "wait"
    if now.obstacle:
        return "tell"
    if now.answer == "ask":
        return "ask"
    return "start" if now.is_quiet else "wait"


def _decide_running(now: Situation) -> Step:
    if now.stage == _LAST:
        return "wait"
    if not now.wanted or now.answer != "yes":
        return "stop"
    if now.paused is None:
        if now.is_free:
            return "wait"
        return "pause" if now.stage in _PAUSING else "stop"
    if now.is_quiet:
        return "go on"
    return "stop" if now.paused >= PAUSE_SECONDS else "wait"
