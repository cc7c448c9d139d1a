"""The prompt of a model: from a context to token ids.

It puts the model's start tokens before the text, and decides on the start of the window where the text is
longer than the limit, and on the healed prefix, the end of the text that is left out and generated again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from writer.base.printable import printable
from writer.engine.tokenizer.vocabulary import Vocabulary
from writer.suggestions.context import Context
from writer.text.characters import HAN

_MAX_HEALED_CHARACTERS = 24

LOOKAHEAD_TOKENS = 24
"""Tokens before the window moves at which the next window's prompt is computed in advance."""


_LAST_WORD = re.compile(rf" ?[^\W\d_{HAN}](?:[^\W_{HAN}]|['’\-](?=\w))*['’\-]?\Z|[ \t]+\Z")
"""The healed prefix: the last word where spaces separate words, or the last spaces. Han characters are never
healed: they are whole words or parts of them, and models continue them better than they generate them again.
"""


@dataclass(frozen=True, slots=True)
class Prompt:
    """The ids of a prompt, and the healed prefix: the bytes before the cursor that `ids` leave out."""

    ids: tuple[int, ...]
    healed_prefix: bytes


class PromptBuilder:
    """Builds prompts of at most `limit` tokens for one model.

    Where a text is longer than the limit, the start of the window moves by a third of it at once, so that
    between two moves the prompts share a prefix.
    """

    def __init__(self, vocabulary: Vocabulary, limit: int) -> None:
        self._vocabulary = vocabulary
        self._limit = limit
        self._step = limit // 3
        self._start = vocabulary.special.start
        self._encoded: tuple[str, bool, list[int]] = ("", False, [])
        self.stops = frozenset(vocabulary.special_ids)

    def prompt(self, context: Context, heal: bool) -> Prompt:
        """The prompt for `context`; with `heal`, without the healed prefix."""
        healed_prefix = self._healed_prefix(context.before) if heal else ""
        ids = self._encode(context, healed_prefix)
        window = self._window(ids, context.title)
        if heal and not window and self._vocabulary.adds_space:
            healed_prefix = " " + healed_prefix.removeprefix(" ")  # it belongs to the first token of a text
        return self._compose(window, healed_prefix)

    def next_window_prompt(self, context: Context) -> Prompt | None:
        """The prompt for `context` after the window's next move; None where the move is not near."""
        healed_prefix = self._healed_prefix(context.before)
        ids = self._encode(context, healed_prefix)
        now, soon = (self._window(ids, context.title, ahead) for ahead in (0, LOOKAHEAD_TOKENS))
        return self._compose(soon, healed_prefix) if soon != now else None

    def partial_prompt(self, prompt: Prompt, length: int) -> Prompt:
        """A prompt of the last `length` tokens of `prompt` or more; its start moves in steps of `length`."""
        moves = max(0, len(prompt.ids) - length) // length
        if not moves:
            return prompt
        return self._compose(list(prompt.ids[moves * length :]), prompt.healed_prefix.decode())

    def truncate(self, ids: Sequence[int], length: int) -> list[int]:
        """The last of `ids`, a prompt's, in at most `length` tokens with the start tokens first."""
        if len(ids) <= length:
            return list(ids)
        return [*self._start, *ids[len(ids) - length + len(self._start) :]]

    def _encode(self, context: Context, healed_prefix: str) -> list[int]:
        """The ids of the text before the healed prefix; they stay the same while a word is typed."""
        text, follows = context.before[: len(context.before) - len(healed_prefix)], bool(context.title)
        if (text, follows) != self._encoded[:2]:
            encode = self._vocabulary.encode_after if follows else self._vocabulary.encode
            self._encoded = (text, follows, encode(text))
        return self._encoded[2]

    def _compose(self, ids: list[int], healed_prefix: str) -> Prompt:
        return Prompt((*self._start, *ids) or (self._fallback_id(),), healed_prefix.encode())

    def _healed_prefix(self, before: str) -> str:
        """The end of `before` that is generated again, "" where it is too long."""
        found = _LAST_WORD.search(before[-_MAX_HEALED_CHARACTERS:])
        if found is None or found.start() == 0 < len(before) - _MAX_HEALED_CHARACTERS:
            return ""
        return found.group()

    def _window(self, ids: list[int], title: str, ahead: int = 0) -> list[int]:
        """The last of `ids` within the limit; with the title as a heading while all of them fit.

        `ahead` is a number of tokens that are expected to follow.
        """
        room = self._limit - max(1, len(self._start)) - ahead
        heading = self._vocabulary.encode(f"# {printable(title)}\n\n")[: self._step] if title else []
        if len(heading) + len(ids) <= room:
            return heading + ids
        moves = -(-(len(ids) - room) // self._step)
        return ids[max(0, moves) * self._step :]

    def _fallback_id(self) -> int:
        """The id for an empty prompt, since a model needs one token."""
        newline = self._vocabulary.encode("\n")
        return newline[0] if newline else int(self._vocabulary.allowed[0])
