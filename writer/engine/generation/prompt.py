"""From a context to the tokens that the model reads.

Three things are decided here: what stands in front of everything (a marker that means "a document
begins"), where the window starts when the text is longer than it, and how many of the last bytes are
taken back to be asked for again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from writer.engine.tokenizer.vocabulary import Vocabulary
from writer.suggestions.context import Context
from writer.text.characters import HAN

_LONGEST_HEALED = 24

MARKERS = ("<|endoftext|>", "<s>", "<|im_start|>", "[CLS]", "<bos>")
"""What may stand in front of a document, in the order in which it is looked for."""

SOON = 24
"""Tokens before the window must move at which the moved one is prepared."""


_LAST_WORD = re.compile(rf" ?[^\W\d_{HAN}](?:[^\W_{HAN}]|['’\-](?=\w))*['’\-]?\Z|[ \t]+\Z")
"""The last word where spaces separate words, or the last spaces. Han is never taken back: each character is
whole, and a model reads them better than it writes them again.
"""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Tokens to read, and the bytes before the cursor that they leave out (the model owes them)."""

    ids: tuple[int, ...]
    healed_prefix: bytes


class PromptBuilder:
    """Composes prompts for one model. `limit` is the most tokens that a prompt may have.

    `prefix` names the token that stands in front of everything where the model wants another than is guessed.
    When a text outgrows the window, its start moves by `step` tokens at once, so that between two moves
    the cache stays good.
    """

    def __init__(self, vocabulary: Vocabulary, limit: int, prefix: str = "") -> None:
        self._vocabulary = vocabulary
        self._limit = limit
        self._step = limit // 3
        self._start = _marker(vocabulary, (prefix, *MARKERS))
        self._encoded: tuple[str, list[int]] = ("", [])
        self.stops = frozenset(vocabulary.specials)

    def prompt(self, context: Context, heal: bool) -> Prompt:
        """The prompt for `context`; with `heal`, its last word is owed."""
        healed_prefix = self._healed_prefix(context.before) if heal else ""
        ids = self._encode(context, healed_prefix)
        return self._compose(self._window(ids, context.title), healed_prefix)

    def upcoming(self, context: Context) -> Prompt | None:
        """The prompt as it will be when the window has moved, if that is some words away; else None."""
        healed_prefix = self._healed_prefix(context.before)
        ids = self._encode(context, healed_prefix)
        now, soon = (self._window(ids, context.title, ahead) for ahead in (0, SOON))
        return self._compose(soon, healed_prefix) if soon != now else None

    def end_of(self, prompt: Prompt, length: int) -> Prompt:
        """A prompt of the last tokens of `prompt`, at least `length`; its start moves in steps as well."""
        moves = max(0, len(prompt.ids) - length) // length
        if not moves:
            return prompt
        return self._compose(list(prompt.ids[moves * length :]), prompt.healed_prefix.decode())

    def shortened(self, ids: Sequence[int], length: int) -> list[int]:
        """The last of `ids`, which begin as a prompt does, in `length` tokens that begin so as well."""
        if len(ids) <= length:
            return list(ids)
        front = [] if self._start is None else [self._start]
        return [*front, *ids[len(ids) - length + len(front) :]]

    def _encode(self, context: Context, healed_prefix: str) -> list[int]:
        """The tokens of the text less what is owed: the same for each key within a word."""
        text = context.before[: len(context.before) - len(healed_prefix)]
        if text != self._encoded[0]:
            self._encoded = (text, self._vocabulary.encode(text))
        return self._encoded[1]

    def _compose(self, ids: list[int], healed_prefix: str) -> Prompt:
        if self._start is not None:
            ids = [self._start, *ids]
        return Prompt(tuple(ids or [self._fallback()]), healed_prefix.encode())

    def _healed_prefix(self, before: str) -> str:
        """The end of the text that the model shall write again: the last word, or the last spaces."""
        found = _LAST_WORD.search(before[-_LONGEST_HEALED:])
        if found is None or found.start() == 0 < len(before) - _LONGEST_HEALED:
            return ""
        return found.group()

    def _window(self, ids: list[int], title: str, ahead: int = 0) -> list[int]:
        """The last of `ids` that fit; all of them, with the title as a heading, while there is room.

        `ahead` is how many tokens are thought to be there already.
        """
        room = self._limit - 1 - ahead
        heading = self._vocabulary.encode(f"# {title}\n\n")[: self._step] if title else []
        if len(heading) + len(ids) <= room:
            return heading + ids
        moves = -(-(len(ids) - room) // self._step)
        return ids[max(0, moves) * self._step :]

    def _fallback(self) -> int:
        """A model needs one token to start from."""
        newline = self._vocabulary.encode("\n")
        return newline[0] if newline else int(self._vocabulary.allowed[0])


def _marker(vocabulary: Vocabulary, names: tuple[str, ...]) -> int | None:
    return next((i for i in map(vocabulary.id_of, names) if i is not None), None)
