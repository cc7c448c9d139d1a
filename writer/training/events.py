"""The events of a training: frozen values, each one line of JSON on standard output.

The window starts `writer train … --json` as a child process and reads these lines; the other way go only the
commands "pause", "resume" and "cancel", one a line, on the child's standard input.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from writer.base.errors import Message, Sentence
from writer.base.progress import Progress
from writer.base.typed_data import Count, DamagedError, as_type, read_json
from writer.corpus.mixture import SourceWeight

Method = Literal["lora", "full", "qlora"]
"""Low-rank adapters, all weights, or low-rank adapters on a base in 4 bits."""

Amount = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
"""A finite number of something that a person may choose."""

Seed = Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]
"""A seed that every generator of random numbers takes."""


@dataclass(frozen=True, slots=True)
class Event:
    """The base class of all events. `name` is the value of "event" in the JSON."""

    name: ClassVar[str] = ""

    messages: ClassVar[tuple[str, ...]] = ()
    """The names of the fields with a sentence for the user; at most one of them is not ""."""


@dataclass(frozen=True, slots=True)
class Stage(Event):
    """A stage of the pipeline begins, or `done` of its `total` parts are finished.

    `stage` is "scanning", "reading", "cleaning", "packing", "measuring", "rehearsing", "fitting", "comparing"
    or "publishing". `left` is the remaining time in seconds, None where unknown.
    """

    name: ClassVar[str] = "stage"
    stage: str
    done: int = 0
    total: int = 0
    left: float | None = None

    @staticmethod
    def of(progress: Progress) -> Stage:
        """The event of a progress."""
        return Stage(progress.stage, progress.done, progress.total)


@dataclass(frozen=True, slots=True)
class LanguagePreview:
    """One training of a preview: the language of its texts, its base model, and its numbers."""

    language: str
    base: str
    documents: int
    words: int
    proof_texts: int = 0
    tokens: int = 0
    steps: int = 0


@dataclass(frozen=True, slots=True)
class Previewed(Event):
    """The preview of a training: its corpus, and an estimate of its time and memory.

    `kinds` counts documents by kind; `languages` holds "documents", "words" and "characters" of each.
    `tokens` are those to train on, of all but the `choosing` and `held_out` documents. `refusals` have
    the "name" of each rejected file, the "reason" (`corpus.document.RejectionReason`), and as "other" the
    document that it copies, the target of a link, or the rule. `others` counts files that are no
    documents by ending, `other_names` are the first `corpus.scan.MAX_LISTED` of them, `lines` repeated
    lines that are dropped, `secrets` the redacted ones by kind. `changes` counts the documents that are
    "new", "changed" and "gone" since the last training, None where there was none. `obstacle` is the
    sentence why a training cannot begin; where it is "", `device`, `why` (its name for people), `method`
    and `steps` are those of the plan, `seconds` the least and most time, `memory` the bytes that it needs
    of the `free` ones of the device. `overlap` is the share of a held-out document that is also learned
    (`corpus.overlap.Separated`); `shortened` have the "name" of each document that lost paragraphs for
    that, and as "other" the held-out document, `contained` those that lost paragraphs that also stand in
    an "other" one that is learned. `own_addresses` are the person's mail addresses: empty where it is not
    known whose the mails are, None where there are none; `mails_of_others` counts what others wrote.
    `proof_texts` counts the texts of the proof, which allows no verdict with fewer than
    `evaluation.documents.MIN_TEXTS`. `choosing` counts the documents that choose the checkpoint,
    `held_out` those of the proof. `trainings` are those that would run one after the other; the numbers
    are the sums of theirs, `overlap` and `memory` the largest, `proof_texts` the smallest.
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
    overlap: float = 0.0
    shortened: tuple[dict[str, str], ...] = ()
    contained: tuple[dict[str, str], ...] = ()
    own_addresses: tuple[str, ...] | None = None
    mails_of_others: int = 0
    proof_texts: int = 0
    choosing: int = 0
    other_names: tuple[str, ...] = ()
    trainings: tuple[LanguagePreview, ...] = ()


def unlearned(event: Previewed) -> dict[str, str]:
    """The languages of the documents that are left out for theirs, and the reason of each."""
    reasons = ("foreign", "too few")
    return {one["language"]: one["reason"] for one in event.refusals if one["reason"] in reasons}


@dataclass(frozen=True, slots=True)
class Planned(Event):
    """The plan of a run, before its first step.

    `trained` of `parameters` weights are trainable. A step reads `sequences` sequences of at most `window`
    tokens, `batch` at a time. `language` is that of the texts.
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
    language: str = ""


@dataclass(frozen=True, slots=True)
class StepFinished(Event):
    """A step is done: `loss` in nats per token, `left` the seconds to the end of the proof, or None."""

    name: ClassVar[str] = "step"
    step: int
    steps: int
    loss: float
    tokens_per_second: float
    left: float | None


@dataclass(frozen=True, slots=True)
class Replanned(Event):
    """After `step` steps, `steps` are planned in all, clearly more or fewer than the `before` told last."""

    name: ClassVar[str] = "replanned"
    step: int
    before: int
    steps: int


@dataclass(frozen=True, slots=True)
class Sample:
    """The end of a prompt from a held-out text, and its continuations before and after the training."""

    prompt: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Validated(Event):
    """The held-out loss in nats per token after `step` steps; `best` where it is the lowest so far.

    Where the model `forgets` too much of how others write, it is the best only among such.
    """

    name: ClassVar[str] = "validated"
    step: int
    loss: float
    best: bool
    samples: tuple[Sample, ...] = ()
    forgets: bool = False


@dataclass(frozen=True, slots=True)
class BatchReduced(Event):
    """Memory ran out: from `step` on, `batch` sequences are in memory at a time. Steps stay the same."""

    name: ClassVar[str] = "smaller"
    step: int
    batch: int


@dataclass(frozen=True, slots=True)
class Saved(Event):
    """The checkpoint after `step` steps is on the disk."""

    name: ClassVar[str] = "saved"
    step: int


@dataclass(frozen=True, slots=True)
class Paused(Event):
    """The training waits; the checkpoint after `step` steps is on the disk."""

    name: ClassVar[str] = "paused"
    step: int


@dataclass(frozen=True, slots=True)
class Resumed(Event):
    """The training continues after `step` steps."""

    name: ClassVar[str] = "resumed"
    step: int


@dataclass(frozen=True, slots=True)
class Stopped(Event):
    """The training ended early, after `step` steps. `run` is the id for `--resume`, "" when cancelled."""

    name: ClassVar[str] = "stopped"
    run: str
    step: int


@dataclass(frozen=True, slots=True)
class Compared(Event):
    """The proof: the metrics of base and personal model on held-out documents and on a general text.

    `base` and `personal` hold metrics by name, each with "value", "low" and "high" (95 % interval);
    `general` the perplexities "base" and "personal" of the general text. `better` is whether the personal
    model goes live, `why` the reason in a sentence. `overlap` is the largest share of a held-out document's
    sequences of 13 words that were also learned, None where it is not known. `difference` holds how much
    more the personal model has of "keystrokes_saved" and "bits_per_character", paired over `texts` documents.
    `current` holds the metrics of the model that writes now, which then takes the place of the base in
    `difference` and `why`; empty where that is the base.
    """

    name: ClassVar[str] = "compared"
    messages: ClassVar[tuple[str, ...]] = ("why",)
    base: dict[str, Any]
    personal: dict[str, Any]
    general: dict[str, float]
    better: bool
    why: Message
    samples: tuple[Sample, ...] = ()
    overlap: float | None = None
    texts: int = 0
    difference: dict[str, Any] = field(default_factory=dict)
    current: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Published(Event):
    """The personal model is in the store with the id `model`; `live` where it is now the selected one.

    `seconds` is the time of this process from its start. `language` is that of the texts; `more` where the
    training of another one follows.
    """

    name: ClassVar[str] = "published"
    model: str
    path: str
    live: bool
    seconds: float
    language: str = ""
    more: bool = False


@dataclass(frozen=True, slots=True)
class TrainingFailed(Event):
    """The training failed; `sentence` says why and what to do. `run` is the id for `--resume`, or ""."""

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
        Replanned,
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
    """The event as one line of JSON, without a newline.

    The field of a sentence is its English text; "template" and "values" of it are added.
    """
    line = {"event": event.name, **asdict(event)}
    for name in event.messages:
        message = getattr(event, name)
        if isinstance(message, Sentence):
            line |= message.as_json()
            line[name] = str(message)
    return json.dumps(line, ensure_ascii=False)


def load(line: str) -> Event | None:
    """The event of a line; None where the line is no event, or one that this version does not know."""
    try:
        values = read_json(line, dict[str, Any])
        kind = _KINDS[values.pop("event")]
        for name in kind.messages:
            if "template" in values and values.get(name):
                values[name] = Sentence.from_json(values)
        return as_type(values, kind)
    except (DamagedError, ValueError, KeyError, TypeError, RecursionError):
        return None


@dataclass(frozen=True, slots=True)
class LanguageChoice:
    """A base model, and the languages of the documents that it learns; none stands for all."""

    base: str
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """The request for a training; 0 and "" leave the choice to the plan.

    `folder` holds the documents, and `languages` are the languages of those to learn; where none are given,
    they, the base and the trainings of other languages that follow `later` are chosen by the documents.
    `minutes` limits the time on a CPU from when the texts are read to the proof's end. `proof` is a file or
    folder of texts for the comparison, "" for the held-out documents; `characters` is how many of them are
    replayed. `own_addresses` are the person's, to tell whose a mail is. `rate` is the highest learning rate,
    `rank` LoRA's, `window` the tokens of a sequence, `step_tokens` those of a step; `epochs` and `max_steps`
    limit the steps; `save_every` is in seconds; `devices`, `num_nodes` and `strategy` are Lightning's.
    """

    folder: str
    base: str = ""
    method: Method | Literal[""] = ""
    personal: str = "personal"
    device: str = "auto"
    max_steps: Count = 0
    rate: Amount = 0.0
    rank: Count = 0
    epochs: Count = 0
    window: Count = 0
    step_tokens: Count = 0
    minutes: Amount = 28.0
    save_every: Amount = 30.0
    devices: str = "1"
    num_nodes: Count = 1
    strategy: str = "auto"
    characters: Count = 6_000
    proof: str = ""
    excluded: tuple[str, ...] = ()
    seed: Seed = 0
    languages: tuple[str, ...] = ()
    later: tuple[LanguageChoice, ...] = ()
    own_addresses: tuple[str, ...] = ()
    weights: tuple[SourceWeight, ...] = ()
    rehearsal: bool = True
