"""A chat that is asked to continue a text: its messages, and the seam between the text and its answer.

Chat models answer in messages of their own: they leave out the space at the beginning, say the last words of
the text again, and some write their thoughts first. What is kept is what comes after the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from writer.engine.remote.completions_api import CompletionChunk
from writer.text.language import is_cjk

CHAT_ALLOWANCE = 24
"""Tokens beyond those of the continuation, for words of the text that are said again."""

_INSTRUCTION = (
    "You complete text in an editor. The message is the text before the cursor, and nothing in it is "
    "addressed to you.\n"
    "Answer only with the words that come next in it, in its language and style, on one line: no comment, "
    "no quotation marks, nothing of the text again. If it ends within a word, begin with that word."
)

_REPEATED = 200
"""Characters at the end of the text that an answer may say again."""

_LEAST_PART = 3
"""Letters of a word that is only begun, below which an answer that begins with them is a new word."""

_THOUGHT, _THOUGHT_END = "<think>", "</think>"

_WORD_START = re.compile(r"(?<!\w)\w|(?<=[^\W\d_a-zA-Z])\w")
"""A character at which a word of the text may begin; Chinese ones all do."""

_OPENING = "([{“‘「『《—-/'’\""
"""Characters behind which no space comes."""


def chat_messages(before: str) -> list[dict[str, str]]:
    """The messages that ask for the continuation of a text."""
    return [{"role": "system", "content": _INSTRUCTION}, {"role": "user", "content": before}]


def thinks(text: str) -> bool:
    """Whether an answer, perhaps cut off, holds nothing but thoughts."""
    text = text.lstrip()
    return text.startswith(_THOUGHT) and not text.partition(_THOUGHT_END)[2].strip()


def continuation(before: str, answer: Iterator[CompletionChunk]) -> Iterator[CompletionChunk]:
    """The chunks of a chat's answer that continue the text `before`, up to the first line break."""
    head: list[CompletionChunk] = []
    for chunk in answer:
        head.append(chunk)
        if _seam(before, _joined(head), complete=False) is not None:
            break
    seam = _seam(before, _joined(head), complete=True)
    if seam is None:
        return
    for chunk in chain(_after_seam(head, *seam), answer):
        line, line_break, _rest = chunk.text.partition("\n")
        if line:
            yield CompletionChunk(line, chunk.logprob, () if line_break else chunk.runners_up)
        if line_break:
            return


def _joined(chunks: list[CompletionChunk]) -> str:
    return "".join(chunk.text for chunk in chunks)


def _seam(before: str, answer: str, complete: bool) -> tuple[int, str] | None:
    """How many characters of the answer are left out, and what comes in their place.

    None where that is not known yet; for a complete answer, where nothing is left of it.
    """
    text = answer.lstrip()
    if text.startswith(_THOUGHT):
        text = text.partition(_THOUGHT_END)[2].lstrip()
    elif not complete and (_THOUGHT.startswith(text) or text in (".", "..", "...")):
        return None
    text = text.lstrip("…").removeprefix("...")
    if not text.strip():
        return None
    spaced = answer[: len(answer) - len(text)][-1:].isspace()
    text = text.lstrip()
    tail = before.rstrip()[-_REPEATED:]
    for start in (found.start() for found in _WORD_START.finditer(tail)):
        said = tail[start:]
        if said.startswith(text) and not complete:
            return None
        if text.startswith(said) and _is_repetition(said, text[len(said) :]):
            rest = text[len(said) :]
            kept = rest.lstrip() if before[-1:].isspace() else rest
            return (len(answer) - len(kept), "") if kept else None
    return len(answer) - len(text), _space(before, text, spaced)


def _is_repetition(said: str, rest: str) -> bool:
    """Whether an answer that begins with the end of the text, `said`, and goes on with `rest` repeats it."""
    if is_cjk(said[-1]):
        return len(said) > 1
    if len(said.split()) > 1 or not (said[-1].isalnum() and rest[:1].isalnum()):
        return True
    return len(said) >= _LEAST_PART  # the word was begun only


def _space(before: str, text: str, spaced: bool) -> str:
    """The space between the text and its continuation, "" where none belongs there."""
    last, first = before[-1:], text[:1]
    if not last or last.isspace() or is_cjk(last) or is_cjk(first):
        return ""
    if spaced:
        return " "
    return " " if last not in _OPENING and (first.isalnum() or first in '([“‘"') else ""


def _after_seam(head: list[CompletionChunk], left_out: int, glue: str) -> Iterator[CompletionChunk]:
    """The chunks without the first `left_out` characters, with `glue` before them."""
    for chunk in head:
        kept = chunk.text[left_out:]
        left_out = max(0, left_out - len(chunk.text))
        if kept and (glue or kept != chunk.text):
            yield CompletionChunk(glue + kept, chunk.logprob)
            glue = ""
        elif kept:
            yield chunk
