"""What a training says while it runs: frozen values, each one line of JSON on standard output.

The window starts `writer train … --json` as a child and reads these lines; nothing else passes between the
two but the words "pause", "resume" and "cancel" on the child's standard input.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, Literal

from writer.base.errors import Message, Sentence

Method = Literal["lora", "full"]


@dataclass(frozen=True, slots=True)
class Event:
    """What every event has in common: a name, which its line carries as "event"."""

    name: ClassVar[str] = ""

    messages: ClassVar[tuple[str, ...]] = ()
    """The fields that tell a person something; at most one of them is not ""."""


@dataclass(frozen=True, slots=True)
class Stage(Event):
    """A part of the road begins, or `done` of its `total` parts are behind.

    `stage` is "scanning", "reading", "cleaning", "packing", "measuring", "fitting", "comparing" or
    "publishing".
    """

    name: ClassVar[str] = "stage"
    stage: str
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Previewed(Event):
    """What a training would learn, seen before it begins.

    `kinds` counts documents by kind; `languages` holds "documents", "words" and "characters" of each.
    `tokens` are those to learn, of all but `held_out` documents. `refusals` have the "name" of each file that
    is left out, the "reason" (`corpus.document.Reason`), and the "other" that says the same. `others` counts
    files of other endings, `lines` repeated lines that are dropped, `secrets` what is taken out, by kind.
    `changes` counts the documents that are "new", "changed" and "gone" since the last training, None where
    there was none. `obstacle` says why a training cannot begin, "" where it can; then `device`, `why`,
    `method` and `steps` tell what it would do, in `seconds` (at least, at most), with `memory` of the `free`
    bytes of the device.
    """

    name: ClassVar[str] = "previewed"
    messages: ClassVar[tuple[str, ...]] = ("obstacle", "why")
    folder: str
    kinds: dict[str, int]
    languages: dict[str, dict[str, int]]
    held_out: int
    refusals: tuple[dict[str, str], ...]
    others: dict[str, int]
    lines: int
    secrets: dict[str, int]
    changes: dict[str, int] | None
    tokens: int = 0
    obstacle: Message = ""
    device: str = ""
    why: Message = ""
    method: str = ""
    steps: int = 0
    seconds: tuple[float, float] = (0.0, 0.0)
    memory: int = 0
    free: int = 0


@dataclass(frozen=True, slots=True)
class Planned(Event):
    """What will be done, decided before the first step.

    `trained` of `parameters` weights learn. A step reads `sequences` sequences of at most `window` tokens,
    `batch` at a time.
    """

    name: ClassVar[str] = "planned"
    messages: ClassVar[tuple[str, ...]] = ("why",)
    run: str
    base: str
    method: Method
    device: str
    why: Message
    parameters: int
    trained: int
    documents: int
    tokens: int
    held_out: int
    window: int
    sequences: int
    batch: int
    steps: int
    checkpointing: bool = False


@dataclass(frozen=True, slots=True)
class StepFinished(Event):
    """A step is done: `loss` in nats per token, `left` seconds, None where unknown."""

    name: ClassVar[str] = "step"
    step: int
    steps: int
    loss: float
    tokens_per_second: float
    left: float | None


@dataclass(frozen=True, slots=True)
class Sample:
    """The end of a text that was held out, and how the model went on before and after learning."""

    prompt: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Validated(Event):
    """The loss on the documents that were held out, in nats per token, after `step` steps."""

    name: ClassVar[str] = "validated"
    step: int
    loss: float
    best: bool
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchReduced(Event):
    """Memory ran out: from `step` on, `batch` sequences are read at a time, and steps stay what they are."""

    name: ClassVar[str] = "smaller"
    step: int
    batch: int


@dataclass(frozen=True, slots=True)
class Saved(Event):
    """Everything up to `step` lies on the disk."""

    name: ClassVar[str] = "saved"
    step: int


@dataclass(frozen=True, slots=True)
class Paused(Event):
    """The training waits; everything up to `step` lies on the disk."""

    name: ClassVar[str] = "paused"
    step: int


@dataclass(frozen=True, slots=True)
class Resumed(Event):
    """The training goes on behind `step`."""

    name: ClassVar[str] = "resumed"
    step: int


@dataclass(frozen=True, slots=True)
class Stopped(Event):
    """The training ended early. `run` says what `--resume` takes to go on; "" when it was cancelled."""

    name: ClassVar[str] = "stopped"
    run: str
    step: int


@dataclass(frozen=True, slots=True)
class Compared(Event):
    """Base and personal model on documents that were held out, and on a general text.

    `base` and `personal` hold figures by name, each with value, low and high (95 %); `general` the
    perplexities "base" and "personal" of the general text. `better` says whether the personal model goes live
    by itself, `why` in a sentence why, or why not.
    """

    name: ClassVar[str] = "compared"
    messages: ClassVar[tuple[str, ...]] = ("why",)
    base: dict[str, Any]
    personal: dict[str, Any]
    general: dict[str, float]
    better: bool
    why: Message
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True, slots=True)
class Published(Event):
    """The personal model is in the store as `model`; `live` says whether it writes from now on."""

    name: ClassVar[str] = "published"
    model: str
    path: str
    live: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class TrainingFailed(Event):
    """Nothing came of it; `sentence` says why and what to do. `run` can be resumed where it is not ""."""

    name: ClassVar[str] = "failed"
    messages: ClassVar[tuple[str, ...]] = ("sentence",)
    sentence: Message
    run: str = ""


OnEvent = Callable[[Event], None]

_KINDS: dict[str, type[Event]] = {
    kind.name: kind
    for kind in (
        Stage,
        Previewed,
        Planned,
        StepFinished,
        Validated,
        BatchReduced,
        Saved,
        Paused,
        Resumed,
        Stopped,
        Compared,
        Published,
        TrainingFailed,
    )
}


def dump(event: Event) -> str:
    """The event as one line of JSON, without its end.

    A sentence is told in plain English in its field, and beside it by its "template" and "values".
    """
    line = {"event": event.name, **asdict(event)}
    for name in event.messages:
        message = getattr(event, name)
        if isinstance(message, Sentence):
            line |= message.as_json()
            line[name] = str(message)
    return json.dumps(line, ensure_ascii=False)


def load(line: str) -> Event | None:
    """The event of a line; None where the line is none, or of a kind that is not known here."""
    try:
        values = json.loads(line)
        kind = _KINDS[values.pop("event")]
        for name in kind.messages:
            if "template" in values and values.get(name):
                values[name] = Sentence.from_json(values)
        known = {f.name for f in fields(kind)}
        values = {key: value for key, value in values.items() if key in known}
        values |= {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
        if "samples" in values:
            values["samples"] = tuple(Sample(**sample) for sample in values["samples"])
        return kind(**values)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """What a person asked for. 0 and "" leave the choice to the plan.

    `folder` is where the texts lie. `minutes` bounds the time of the steps on a processor. `proof` is
    where texts lie on which the models are compared; else those are the documents that were held out.
    `save_every` is how many seconds of work may be lost, but for a step and a look at held-out text.
    """

    folder: str
    base: str = ""
    method: Method | Literal[""] = ""
    personal: str = "personal"
    device: str = "auto"
    max_steps: int = 0
    rate: float = 0.0
    minutes: float = 25.0
    save_every: float = 30.0
    devices: str = "1"
    num_nodes: int = 1
    strategy: str = "auto"
    characters: int = 6_000
    proof: str = ""
    excluded: tuple[str, ...] = field(default=())
    seed: int = 0
