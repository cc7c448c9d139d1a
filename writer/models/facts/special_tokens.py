"""The special tokens of a model: what begins a text, what ends one, and what is never shown.

What the tokenizer itself puts before a text comes first, then what the JSON files declare. Many models for
prose declare a BOS token that their tokenizer never adds. It begins a text where it also ends one, as in
GPT-2, which learned from documents with that token between them. Where the chat template makes it a mark of
messages instead, the token for unknown words of a byte-level tokenizer, which stands for no word, is the one
between documents, as in SmolLM 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from writer.models import manifest as manifests
from writer.models.facts.declared_tokens import FRAMED, DeclaredTokens, declared_tokens
from writer.models.facts.open_tokenizer import open_tokenizer

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True, slots=True)
class SpecialTokens:
    """The ids of the special tokens of a model.

    `start` stand before a text, `end` behind it where it is no beginning, as for a masked model; `stops` end
    a generated text. `hidden` are all that never belong to a text, with those. `literal` are added tokens
    that do, with their texts; those among `unoffered` are not to be generated. `mask` is None where there is
    none.
    """

    start: tuple[int, ...]
    end: tuple[int, ...]
    stops: frozenset[int]
    hidden: frozenset[int]
    literal: dict[int, str]
    unoffered: frozenset[int]
    mask: int | None


def open_with_special_tokens(folder: Path, made: Path | None = None) -> tuple[Tokenizer, SpecialTokens]:
    """The tokenizer in `folder`, and its special tokens; the token that the manifest names begins a text.

    `made` is a file for `open_tokenizer`. Raises ModelError where there is none or the manifest is damaged,
    ValueError and what the library raises where the tokenizer is damaged.
    """
    declared = declared_tokens(folder)
    tokenizer = open_tokenizer(folder, declared, made)
    manifest = manifests.read(folder)
    return tokenizer, special_tokens(tokenizer, declared, manifest.prefix if manifest is not None else "")


def special_tokens(tokenizer: Tokenizer, declared: DeclaredTokens, prefix: str = "") -> SpecialTokens:
    """The special tokens of a tokenizer; `prefix` names the one that begins a text, "" for the usual one."""
    if type(tokenizer.model).__name__ == "WordPiece" and declared.tokenizer_class not in FRAMED:
        declared = replace(declared, tokenizer_class="Bert")
    front, back = frame(tokenizer, declared)
    first = tokenizer.token_to_id(prefix) if prefix else None
    added = tokenizer.get_added_tokens_decoder()
    names = (*declared.names.values(), *declared.extra)
    named = {i for name in names if (i := _id(tokenizer, name)) is not None}
    stops = frozenset(_stops(tokenizer, declared))
    hidden = {i for i, token in added.items() if token.special} | named | stops | {*front, *back}
    unknown = getattr(tokenizer.model, "unk_token", None)
    hidden |= {i for i in (first, _id(tokenizer, unknown)) if i is not None}
    literal = {i: token.content for i, token in added.items() if i not in hidden}
    own = tokenizer.get_vocab(with_added_tokens=False) if literal else {}
    return SpecialTokens(
        start=(first,) if first is not None else front or _separator(tokenizer, declared),
        end=back,
        stops=stops,
        hidden=frozenset(hidden),
        literal=literal,
        unoffered=frozenset(i for i, text in literal.items() if text not in own and not text.isspace()),
        mask=_id(tokenizer, declared.names.get("mask")),
    )


def frame(tokenizer: Tokenizer, declared: DeclaredTokens) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The ids that the tokenizer puts before and behind a text."""
    whole = tokenizer.encode("a")
    places = [n for n, sequence in enumerate(whole.sequence_ids) if sequence is not None]
    if places and len(places) < len(whole.ids):
        return tuple(whole.ids[: places[0]]), tuple(whole.ids[places[-1] + 1 :])
    names = declared.names
    if declared.tokenizer_class in FRAMED:
        begin, end = (_id(tokenizer, names.get(role)) for role in ("cls", "sep"))
    else:
        begin, end = (_id(tokenizer, names.get("bos")) if declared.adds_bos else None), None
    return (() if begin is None else (begin,)), (() if end is None else (end,))


def _separator(tokenizer: Tokenizer, declared: DeclaredTokens) -> tuple[int, ...]:
    """The token before a text that the tokenizer does not add: the one between documents, () for none."""
    found = {i: tokenizer.id_to_token(i) for i in _separators(tokenizer, declared)}
    known = {i: name for i, name in found.items() if name is not None}
    proper = (i for i, name in known.items() if name not in declared.chat_template)
    first = next(proper, next(iter(known), None))
    return () if first is None else (first,)


def _separators(tokenizer: Tokenizer, declared: DeclaredTokens) -> Iterator[int]:
    """What may stand between documents, the likeliest first."""
    named = _id(tokenizer, declared.names.get("bos"))
    begins = [*(() if named is None else (named,)), *declared.ids["bos"]]
    ends = _stops(tokenizer, declared)
    yield from (i for i in begins if i in ends)
    yield from begins
    unknown = _id(tokenizer, declared.names.get("unk"))
    if unknown is not None and "ByteLevel" in repr(tokenizer.decoder):
        yield unknown
    yield from ends


def _stops(tokenizer: Tokenizer, declared: DeclaredTokens) -> list[int]:
    """The ids that end a text, of the tokenizer's tokens."""
    named = _id(tokenizer, declared.names.get("eos"))
    ids = (*declared.ids["eos"], *(() if named is None else (named,)))
    return [i for i in ids if tokenizer.id_to_token(i) is not None]


def _id(tokenizer: Tokenizer, name: str | None) -> int | None:
    found: int | None = tokenizer.token_to_id(name) if name else None
    return found
