"""What a training would learn, in words for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from writer.corpus.document import Reason, Refusal
from writer.models.library.overview import size, time_words
from writer.training.events import Previewed

_LANGUAGES = {"en": "English", "zh": "Chinese"}


def words(seen: Previewed) -> str:
    """All that was seen; each file that is left out has a line of its own."""
    return "\n".join(_lines(seen))


def _lines(seen: Previewed) -> Iterator[str]:
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
        refusals = (Refusal(one["name"], Reason(one["reason"]), one["other"]) for one in seen.refusals)
        yield from (f"  {refusal.name}: {refusal.sentence}" for refusal in refusals)
    yield seen.obstacle or _estimate(seen)


def _estimate(seen: Previewed) -> str:
    least, most = (time_words(seconds) for seconds in seen.seconds)
    return (
        f"{seen.method} on {seen.why}: {least} to {most}, "
        f"{size(seen.memory)} of the {size(seen.free)} of memory that are free"
    )


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())
