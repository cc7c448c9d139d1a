"""The text output of `writer train`: the preview and the events of a training."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from writer.base.errors import Sentence
from writer.base.printable import printable
from writer.corpus.document import Rejection, RejectionReason, by_kind
from writer.corpus.overlap import SEQUENCE
from writer.evaluation.documents import MIN_TEXTS
from writer.evaluation.report import USUAL_NET_SECONDS, figure_name
from writer.models.library.overview import duration_text, size_text
from writer.text.languages.names import language_name
from writer.training import events
from writer.training.events import Previewed, unlearned

_WIDTH = 24
_INTERVAL = 10.0
"""Seconds between two permanent lines of progress."""

_ROWS = (
    ("perplexity", "{:.2f}"),
    ("bits_per_character", "{:.3f}"),
    ("keystrokes_saved", "{:.1%}"),
    (USUAL_NET_SECONDS, "{:.1f}"),
    ("precision", "{:.1%}"),
    ("exact_match_1", "{:.1%}"),
    ("coverage", "{:.1%}"),
)


class EventFormatter:
    """Formats events; of progress, one line in each _INTERVAL is permanent."""

    def __init__(self) -> None:
        self._last_shown = 0.0
        self._held_out: float | None = None

    def format(self, event: events.Event) -> tuple[str, bool]:
        """The text of an event ("" for none), and whether its line is permanent."""
        match event:
            case events.Stage():
                about = _time_left(event.left).removeprefix(", ")
                return self._progress(
                    event.stage.capitalize(), event.done, event.total, about
                ), self._is_due()
            case events.Planned():
                self._held_out = None
                return _planned(event), True
            case events.StepFinished():
                about = f"loss {event.loss:.3f}, "
                about += f"held out {self._held_out:.3f}, " if self._held_out is not None else ""
                about += f"{event.tokens_per_second:,.0f} tokens/s" + _time_left(event.left)
                return self._progress("Fitting", event.step, event.steps, about), self._is_due()
            case events.Validated():
                self._held_out = event.loss
                return _validated(event), True
            case events.Compared():
                return comparison_table(event), True
        return _end_text(event), True

    def _progress(self, stage: str, done: int, total: int, about: str) -> str:
        if not total:
            return f"{stage} …"
        filled = round(_WIDTH * done / total)
        bar = "█" * filled + "░" * (_WIDTH - filled)
        return f"{stage} {bar} {done}/{total} {about}".rstrip()

    def _is_due(self) -> bool:
        now = time.monotonic()
        if now - self._last_shown < _INTERVAL:
            return False
        self._last_shown = now
        return True


def comparison_table(event: events.Compared) -> str:
    """The table of the proof: each metric with its 95 % interval, of base and personal model."""
    lines = [f"{f'{event.texts} texts':42}{'base':>26}{'personal':>26}"]
    models = [event.base, event.personal]
    if event.current:
        lines[0] += f"{'the one that writes':>26}"
        models.append(event.current)
    for name, form in _ROWS:
        figures = [one[name] for one in models if name in one]
        if len(figures) == len(models) and any(figure["value"] is not None for figure in figures):
            cells = (_cell(figure, form) for figure in figures)
            lines.append(f"{figure_name(name):42}" + "".join(f"{cell:>26}" for cell in cells))
    general = (f"{event.general[name]:.2f}" for name in ("base", "personal"))
    lines.append(f"{'Perplexity of a general text':42}" + "".join(f"{cell:>26}" for cell in general))
    if event.overlap is not None:
        lines.append("Of a held-out text, " + _overlap_text(event.overlap))
    return "\n".join([*lines, str(event.why)])


def _overlap_text(share: float) -> str:
    return f"at most {share:.1%} of the sequences of {SEQUENCE} words are also learned."


def _cell(figure: Mapping[str, Any], form: str) -> str:
    if figure["value"] is None:
        return "nothing shown"
    value, low, high = (form.format(figure[name]) for name in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def _planned(event: events.Planned) -> str:
    language = f" in {language_name(event.language)}" if event.language else ""
    return (
        f"{event.tokens:,} tokens of {event.documents} documents{language} to learn, "
        f"{event.held_out} held out. "
        f"{event.method} from {printable(event.base)}: {event.trained:,} of {event.parameters:,} weights "
        f"learn in {event.steps} steps of {event.sequences} x {event.window} tokens, {event.batch} at a time."
        f" {event.why}"
    )


def _validated(event: events.Validated) -> str:
    about = " (forgets too much of how others write)" if event.forgets else " (best)" * event.best
    lines = [f"After {event.step} steps: loss on held-out text {event.loss:.3f}{about}"]
    for sample in event.samples:
        lines += [
            f"  … {_line(sample.prompt)}",
            f"      before: {_line(sample.before)}",
            f"      after:  {_line(sample.after)}",
        ]
    return "\n".join(lines)


def _end_text(event: events.Event) -> str:
    match event:
        case events.Replanned():
            return (
                f"Planned again after step {event.step}: {event.steps} steps fit into the time, not "
                f"{event.before}."
            )
        case events.BatchReduced():
            return f"Memory ran out; from step {event.step} on, {event.batch} sequences are read at a time."
        case events.Paused():
            return f"Paused after step {event.step}."
        case events.Resumed():
            return f"Going on after step {event.step}."
        case events.Stopped():
            run = printable(event.run)
            hint = f"; go on with: writer train --resume {run}" if run else "; nothing was kept"
            return f"Stopped{hint}."
        case events.Published():
            live = "and writes from now on" if event.live else "and waits; the base goes on writing"
            model, path = printable(event.model), printable(event.path)
            more = " The training of the next language follows." if event.more else ""
            return f"{model} is in {path} {live} ({event.seconds:.0f} s).{more}"
    return ""


def _time_left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f", {seconds:.0f} s left" if seconds < 90 else f", {seconds / 60:.0f} min left"


def _line(text: str) -> str:
    return printable(" ".join(text.split()))


def preview_text(event: Previewed, list_others: bool = False) -> str:
    """The preview as text, with a line for each rejected file, or for a kind that cannot be read.

    `list_others` adds the names of files of such a kind, and of those that are no documents.
    """
    return "\n".join(_preview_lines(event, list_others))


def _preview_lines(event: Previewed, list_others: bool) -> Iterator[str]:
    count = sum(event.kinds.values())
    yield f"Documents: {count:,}" + (f" ({_counts(event.kinds)})" if count else "")
    for language, counts in event.languages.items():
        yield (
            f"  {_capitalised(language_name(language))}: {counts['documents']:,} with "
            f"{counts['words']:,} words, {counts['characters']:,} characters"
        )
    yield from _trainings(event)
    if event.tokens:
        yield (
            f"{event.tokens:,} tokens to learn; documents held out: {event.held_out:,} for the proof, "
            f"{event.choosing:,} to choose the best step"
        )
        yield "Of a held-out document, " + _overlap_text(event.overlap)
    if event.tokens and event.proof_texts < MIN_TEXTS:
        yield (
            f"Too few texts for a verdict: the proof has {event.proof_texts}, and needs {MIN_TEXTS}; "
            "the personal model will wait beside the one that writes."
        )
    if event.own_addresses is not None:
        yield _whose_mails(event)
    if event.changes is not None:
        yield "Since the last training: " + _counts(event.changes)
    if event.secrets:
        yield f"Secrets taken out: {_counts(event.secrets)}"
    if event.lines:
        yield f"Repeated lines left out: {event.lines:,}"
    if event.others:
        others = {ending or "no ending": count for ending, count in event.others.items()}
        yield f"Files that are no documents: {_counts(others)}"
    if list_others:
        yield from (f"  {printable(name)}" for name in event.other_names)
        more = sum(event.others.values()) - len(event.other_names)
        yield from (f"  and {more:,} more" for _ in range(more > 0))
    for where, pairs in (("held-out", event.shortened), ("other learned", event.contained)):
        if pairs:
            yield f"Learned without paragraphs that also stand in {where} ones: {len(pairs):,}"
        names = ((printable(one["name"]), printable(one["other"])) for one in pairs)
        yield from (f"  {name}: Shares paragraphs with {other}." for name, other in names)
    if event.refusals:
        yield f"Left out: {len(event.refusals):,}"
        yield from _rejection_lines(event, list_others)
    yield str(event.obstacle) or _estimate(event)


def _rejection_lines(event: Previewed, list_names: bool) -> Iterator[str]:
    kinds, rejections = by_kind(
        Rejection(one["name"], RejectionReason(one["reason"]), one["other"], one.get("language", ""))
        for one in event.refusals
    )
    for kind in kinds:
        yield f"  {len(kind.names):,} {printable(kind.ending)} files: {kind.sentence}"
        if list_names:
            yield from (f"    {printable(name)}" for name in kind.names)
    yield from (f"  {printable(rejection.name)}: {rejection.sentence}" for rejection in rejections)


def _trainings(event: Previewed) -> Iterator[str]:
    """Which model learns which language, and which languages are not learned."""
    for training in event.trainings:
        words = f"{training.documents:,} documents with {training.words:,} words"
        yield f"{printable(training.base)} learns from {words} in {language_name(training.language)}"
    if len(event.trainings) > 1:
        yield "They are trained one after the other, each with a proof and a verdict of its own."
    for language, reason in unlearned(event).items():
        why = "too little text" if reason == RejectionReason.TOO_FEW else "the model does not write it"
        yield f"Not learned: {language_name(language)} ({why})"


def _whose_mails(event: Previewed) -> str:
    if not event.own_addresses:
        return "It is not known which of the mails are yours; add --own-address with each of your addresses."
    addresses = ", ".join(map(printable, event.own_addresses or ()))
    return f"Mails from {addresses} are learned; written by somebody else: {event.mails_of_others:,}"


def _estimate(event: Previewed) -> str:
    least, most = (duration_text(seconds) for seconds in event.seconds)
    return (
        f"{event.method}: {least} to {most}, {size_text(event.memory)} of the {size_text(event.free)} of "
        f"memory that are free. {event.why}"
    )


def _capitalised(name: Sentence) -> str:
    text = str(name)
    return text[:1].upper() + text[1:]


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {printable(name)}" for name, count in counts.items())
