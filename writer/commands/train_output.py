"""What `writer train` prints: what a training would learn, and its events, for people at a terminal."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from typing import Any

from writer.corpus.document import Rejection, RejectionReason
from writer.models.library.overview import duration_text, size_text
from writer.training import events
from writer.training.events import Previewed

_WIDTH = 24
_EVERY = 10.0
"""Seconds between two lines of progress that stay."""

_ROWS = (
    ("perplexity", "Perplexity of your held-out texts", "{:.2f}"),
    ("bits_per_character", "Bits per character", "{:.3f}"),
    ("keystrokes_saved", "Keystrokes saved", "{:.1%}"),
    ("precision", "First word right when shown", "{:.1%}"),
    ("coverage", "Places with a suggestion", "{:.1%}"),
)

_LANGUAGES = {"en": "English", "zh": "Chinese"}


class EventFormatter:
    """Remembers when it last said how far things are."""

    def __init__(self) -> None:
        self._said = 0.0
        self._held_out = math.nan

    def of(self, event: events.Event) -> tuple[str, bool]:
        """The text for an event ("" for none), and whether it is worth a line that stays."""
        match event:
            case events.Stage():
                return self._progress(event.stage.capitalize(), event.done, event.total, ""), self._is_time()
            case events.Planned():
                return _planned(event), True
            case events.StepFinished():
                about = f"loss {event.loss:.3f}, held out {self._held_out:.3f}, "
                about += f"{event.tokens_per_second:,.0f} tokens/s" + _left(event.left)
                return self._progress("Fitting", event.step, event.steps, about), self._is_time()
            case events.Validated():
                self._held_out = event.loss
                return _validated(event), True
            case events.Compared():
                return comparison(event), True
        return _end(event), True

    def _progress(self, stage: str, done: int, total: int, about: str) -> str:
        if not total:
            return f"{stage} …"
        filled = round(_WIDTH * done / total)
        bar = "█" * filled + "░" * (_WIDTH - filled)
        return f"{stage} {bar} {done}/{total} {about}".rstrip()

    def _is_time(self) -> bool:
        now = time.monotonic()
        if now - self._said < _EVERY:
            return False
        self._said = now
        return True


def comparison(event: events.Compared) -> str:
    """The table of the proof: each figure with its 95 % interval, base beside personal."""
    lines = [f"{'':36}{'base':>26}{'personal':>26}"]
    for name, label, form in _ROWS:
        if name in event.base and event.base[name]["value"] is not None:
            cells = (_cell(one[name], form) for one in (event.base, event.personal))
            lines.append(f"{label:36}" + "".join(f"{cell:>26}" for cell in cells))
    general = (f"{event.general[name]:.2f}" for name in ("base", "personal"))
    lines.append(f"{'Perplexity of a general text':36}" + "".join(f"{cell:>26}" for cell in general))
    return "\n".join([*lines, str(event.why)])


def _cell(figure: Mapping[str, Any], form: str) -> str:
    value, low, high = (form.format(figure[name]) for name in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def _planned(event: events.Planned) -> str:
    return (
        f"{event.tokens:,} tokens of {event.documents} documents to learn, {event.held_out} held out. "
        f"{event.method} from {event.base} on {event.why}: {event.trained:,} of {event.parameters:,} weights "
        f"learn in {event.steps} steps of {event.sequences} x {event.window} tokens, "
        f"{event.batch} at a time."
    )


def _validated(event: events.Validated) -> str:
    lines = [f"After {event.step} steps: loss on held-out text {event.loss:.3f}" + " (best)" * event.best]
    for sample in event.samples:
        lines += [
            f"  … {_line(sample.prompt)}",
            f"      before: {_line(sample.before)}",
            f"      after:  {_line(sample.after)}",
        ]
    return "\n".join(lines)


def _end(event: events.Event) -> str:
    match event:
        case events.BatchReduced():
            return f"Memory ran out; from step {event.step} on, {event.batch} sequences are read at a time."
        case events.Paused():
            return f"Paused after step {event.step}."
        case events.Resumed():
            return f"Going on after step {event.step}."
        case events.Stopped():
            kept = f"; go on with: writer train --resume {event.run}" if event.run else "; nothing was kept"
            return f"Stopped{kept}."
        case events.Published():
            live = "and writes from now on" if event.live else "and waits; the base goes on writing"
            return f"{event.model} is in {event.path} {live} ({event.seconds:.0f} s)."
    return ""


def _left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f", {seconds:.0f} s left" if seconds < 90 else f", {seconds / 60:.0f} min left"


def _line(text: str) -> str:
    return " ".join(text.split())


def preview(seen: Previewed) -> str:
    """All that was seen; each file that is left out has a line of its own."""
    return "\n".join(_preview_lines(seen))


def _preview_lines(seen: Previewed) -> Iterator[str]:
    count = sum(seen.kinds.values())
    yield f"Documents: {count:,}" + (f" ({_counts(seen.kinds)})" if count else "")
    for language, counts in seen.languages.items():
        yield (
            f"  {_LANGUAGES.get(language, language)}: {counts['documents']:,} with "
            f"{counts['words']:,} words, {counts['characters']:,} characters"
        )
    if seen.tokens:
        yield f"{seen.tokens:,} tokens to learn; documents held out for the proof: {seen.held_out:,}"
    if seen.changes is not None:
        yield "Since the last training: " + _counts(seen.changes)
    if seen.secrets:
        yield f"Secrets taken out: {_counts(seen.secrets)}"
    if seen.lines:
        yield f"Repeated lines left out: {seen.lines:,}"
    if seen.others:
        yield f"Files that are no documents: {_counts({k or 'no ending': v for k, v in seen.others.items()})}"
    if seen.refusals:
        yield f"Left out: {len(seen.refusals):,}"
        refusals = (
            Rejection(one["name"], RejectionReason(one["reason"]), one["other"]) for one in seen.refusals
        )
        yield from (f"  {refusal.name}: {refusal.sentence}" for refusal in refusals)
    yield str(seen.obstacle) or _estimate(seen)


def _estimate(seen: Previewed) -> str:
    least, most = (duration_text(seconds) for seconds in seen.seconds)
    return (
        f"{seen.method} on {seen.why}: {least} to {most}, "
        f"{size_text(seen.memory)} of the {size_text(seen.free)} of memory that are free"
    )


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())
