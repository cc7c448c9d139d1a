"""A tokenizer as GGUF: its tokens, their types, its merges, and the names by which llama.cpp knows it.

llama.cpp splits a text before BPE by patterns that it has by name; a tokenizer whose patterns are not among
them is refused, because its texts would get other tokens there. The names and patterns are those of
`src/llama-vocab.cpp` in https://github.com/ggml-org/llama.cpp.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from writer.base.errors import Sentence
from writer.engine.gguf_export.refusal import NotExpressibleError
from writer.engine.gguf_export.sentencepiece_fields import (
    SPACE,
    adds_space,
    is_byte,
    is_sentencepiece,
    scores,
)

NORMAL, CONTROL, USER_DEFINED, UNUSED, BYTE = 1, 3, 4, 5, 6
"""GGUF's types of tokens."""

_DIGITS = r"\p{N}"
_GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
_SHORT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_LINES = r"\s*[\r\n]+|\s+(?!\S)|\s+"
_CASED = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
_LLAMA3 = _SHORT + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + _LINES
_QWEN2 = _SHORT + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + _LINES
_QWEN35 = _SHORT + r"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|" + _LINES


def _cased(ending: str, digits: str) -> str:
    """The pattern of GPT-4o and of Mistral's Tekken, which ends a word before a capital."""
    upper, lower = _CASED
    start = r"[^\r\n\p{L}\p{N}]?"
    words = f"{start}{upper}*{lower}+{ending}|{start}{upper}+{lower}*{ending}"
    return words + rf"|{digits}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*|" + _LINES


PRE_TOKENIZERS: Mapping[tuple[tuple[str, ...], bool], str] = {
    ((_GPT2,), False): "gpt-2",
    ((_DIGITS, _GPT2), False): "smollm",
    ((_LLAMA3,), True): "llama-bpe",
    ((_LLAMA3,), False): "dbrx",
    ((_QWEN2,), False): "qwen2",
    ((_QWEN35,), False): "qwen35",
    ((_cased("", r"\p{N}"),), True): "tekken",
    ((_cased(_SHORT + "?", r"\p{N}{1,3}"),), False): "gpt-4o",
}
"""GGUF's names of pre-tokenizers by their patterns, and by whether a word that is a token is never merged."""


@dataclass(frozen=True, slots=True)
class TokenizerFields:
    """What a GGUF file says of a tokenizer.

    `merges` belong to a byte-level BPE; the others have `scores`, and may put a space before each text.
    """

    model: str
    pre: str
    tokens: tuple[str, ...]
    types: tuple[int, ...]
    merges: tuple[str, ...] = ()
    scores: tuple[float, ...] = ()
    adds_space: bool = False


def tokenizer_fields(definition: Mapping[str, Any], count: int) -> TokenizerFields:
    """The fields of the tokenizer in `definition`, the content of a `tokenizer.json`, for `count` tokens.

    Raises NotExpressibleError.
    """
    tokens, types = _tokens(definition, count)
    if is_sentencepiece(definition):
        space = adds_space(definition)
        return TokenizerFields(
            "llama", "default", tokens, types, scores=scores(definition["model"], count), adds_space=space
        )
    merges = tuple(map(_merge, definition["model"]["merges"]))
    return TokenizerFields("gpt2", _pre_tokenizer(definition), tokens, types, merges)


def _pre_tokenizer(definition: Mapping[str, Any]) -> str:
    """The name of the patterns of a byte-level BPE. Raises NotExpressibleError."""
    model = definition["model"]
    pre = PRE_TOKENIZERS.get((tuple(_patterns(definition["pre_tokenizer"])), bool(model["ignore_merges"])))
    changed = any(model.get(name) for name in ("continuing_subword_prefix", "end_of_word_suffix", "dropout"))
    if (
        pre is None
        or changed
        or model["byte_fallback"]
        or not _is_byte_level(definition["decoder"])
        or not _keeps_text(definition["normalizer"])
    ):
        raise NotExpressibleError(Sentence("its words are cut in a way that GGUF does not know"))
    return pre


def _patterns(step: Mapping[str, Any] | None) -> Iterator[str]:
    """The patterns by which a pre-tokenizer splits a text, one after another; "" for what is no pattern."""
    kind = step["type"] if step else ""
    if step is None or kind not in ("Sequence", "ByteLevel", "Digits", "Split"):
        yield ""
    elif kind == "Sequence":
        for part in step["pretokenizers"]:
            yield from _patterns(part)
    elif kind == "ByteLevel":
        if step.get("add_prefix_space"):
            yield ""
        if step.get("use_regex", True):
            yield _GPT2
    elif kind == "Digits":
        yield _DIGITS if step.get("individual_digits") else ""
    else:
        isolates = step.get("behavior") == "Isolated" and not step.get("invert")
        keeps = step.get("behavior") == "Removed" and step.get("invert")
        yield step["pattern"].get("Regex", "") if isolates or keeps else ""


def _is_byte_level(decoder: Mapping[str, Any] | None) -> bool:
    return decoder is not None and decoder["type"] == "ByteLevel"


def _keeps_text(normalizer: Mapping[str, Any] | None) -> bool:
    """Whether a normalizer leaves a text as it is typed: Unicode's form NFC is what keyboards write."""
    if normalizer is None or normalizer["type"] == "NFC":
        return True
    return normalizer["type"] == "Sequence" and not normalizer["normalizers"]


def _tokens(definition: Mapping[str, Any], count: int) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """All `count` tokens by their ids, with their types; ids without a token get a name of their own.

    Added tokens beyond `count` have no weights, and are left out.
    """
    model = definition["model"]
    if model["type"] != "BPE":
        raise NotExpressibleError(Sentence("its words are cut in a way that GGUF does not know"))
    tokens = [f"[PAD{i}]" for i in range(count)]
    types = [UNUSED] * count
    pieces = is_sentencepiece(definition)
    added = {token["id"]: token for token in definition["added_tokens"]}
    for token, i in model["vocab"].items():
        if i < count:
            tokens[i], types[i] = token, BYTE if pieces and is_byte(token) else NORMAL
        elif i not in added:
            raise NotExpressibleError(Sentence("it has more tokens than weights for them"))
    for i, token in added.items():
        if i < count:
            text = token["content"].replace(SPACE, " ") if pieces else token["content"]
            tokens[i], types[i] = text, CONTROL if token["special"] else USER_DEFINED
    if len(set(tokens)) != count:  # llama.cpp ends the program where two are the same
        raise NotExpressibleError(Sentence("two of its tokens are the same"))
    return tuple(tokens), tuple(types)


def _merge(merge: Any) -> str:
    """A merge as two tokens with a space between them."""
    text = merge if isinstance(merge, str) else " ".join(merge)
    if text.count(" ") != 1:
        raise NotExpressibleError(Sentence("its words are cut in a way that GGUF does not know"))
    return text
