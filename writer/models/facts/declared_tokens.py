"""The special tokens that the JSON files of a model folder declare, by role.

What is not declared has the default of its tokenizer class in transformers, which is what those files were
written for; a declared null stays none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from writer.base.regular_file import open_regular
from writer.models.facts.json_files import read_facts, text_config, whole_number

CHAT_TEMPLATE = "chat_template.jinja"
_MAX_TEMPLATE_BYTES = 4 << 20

ROLES = ("bos", "eos", "unk", "sep", "pad", "cls", "mask")

_BERT = {"unk": "[UNK]", "sep": "[SEP]", "pad": "[PAD]", "cls": "[CLS]", "mask": "[MASK]"}
_LLAMA = {"bos": "<s>", "eos": "</s>", "unk": "<unk>"}
_ROBERTA = _LLAMA | {"sep": "</s>", "cls": "<s>", "pad": "<pad>", "mask": "<mask>"}
_GPT2 = dict.fromkeys(("bos", "eos", "unk"), "<|endoftext|>")
_DEFAULTS: Mapping[str, dict[str, str]] = {
    "Bert": _BERT,
    "DistilBert": _BERT,
    "Electra": _BERT,
    "Roberta": _ROBERTA,
    "XLMRoberta": _ROBERTA,
    "Camembert": _ROBERTA,
    "GPT2": _GPT2,
    "GPTNeoX": _GPT2,
    "CodeGen": _GPT2,
    "Llama": _LLAMA,
    "Gemma": {"bos": "<bos>", "eos": "<eos>", "unk": "<unk>", "pad": "<pad>", "mask": "<mask>"},
}
"""The defaults of transformers' tokenizer classes, by the class without "Tokenizer" and "Fast"."""

_CLASSES: Mapping[str, str] = {
    "bert": "Bert",
    "distilbert": "DistilBert",
    "electra": "Electra",
    "roberta": "Roberta",
    "xlm-roberta": "XLMRoberta",
    "camembert": "Camembert",
    "gpt2": "GPT2",
}
"""The class of a folder that names none, by its model type."""


FRAMED = ("Bert", "DistilBert", "Electra", "Roberta", "XLMRoberta", "Camembert")
"""The classes that put their CLS and SEP tokens around a text, also without `tokenizer.json`."""


@dataclass(frozen=True, slots=True)
class DeclaredTokens:
    """The declared special tokens: `stated` names by role, and `ids` of the roles "bos" and "eos".

    A declared null is the name "". `extra` are further special tokens by name. `added` are tokens by id, with
    whether they are special, that a tokenizer without `tokenizer.json` does not list itself. `adds_bos` says
    whether a text begins with the BOS token, None where nothing does. `lower_case`, `strip_accents` and
    `split_han` are those of WordPiece, None where they are not declared. `tokenizer_class` has neither
    "Tokenizer" nor "Fast" in it.
    """

    stated: Mapping[str, str]
    ids: Mapping[str, tuple[int, ...]]
    extra: frozenset[str]
    added: Mapping[int, tuple[str, bool]]
    adds_bos: bool | None
    lower_case: bool | None
    strip_accents: bool | None
    split_han: bool | None
    chat_template: str
    tokenizer_class: str

    @property
    def names(self) -> dict[str, str]:
        """The names by role, stated or by default."""
        names = {**_DEFAULTS.get(self.tokenizer_class, {}), **self.stated}
        return {role: name for role, name in names.items() if name}


def declared_tokens(folder: Path) -> DeclaredTokens:
    """The tokens that the files in `folder` declare."""
    config = read_facts(folder, "config.json")
    said = read_facts(folder, "tokenizer_config.json")
    mapped = read_facts(folder, "special_tokens_map.json")
    # As transformers does: the older file counts where the newer one does not list the added tokens.
    said = mapped | said if isinstance(said.get("added_tokens_decoder"), dict) else said | mapped
    return DeclaredTokens(
        stated={role: _content(said[f"{role}_token"]) for role in ROLES if f"{role}_token" in said},
        ids=_ids(read_facts(folder, "generation_config.json"), text_config(config)),
        extra=frozenset(_extra(said)),
        added=_added(said, read_facts(folder, "added_tokens.json")),
        adds_bos=_flag(said, "add_bos_token"),
        lower_case=_flag(said, "do_lower_case"),
        strip_accents=_flag(said, "strip_accents"),
        split_han=_flag(said, "tokenize_chinese_chars"),
        chat_template=_template(folder, said),
        tokenizer_class=_class(folder, said, config),
    )


def _class(folder: Path, said: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    name, kind = said.get("tokenizer_class") or config.get("tokenizer_class"), config.get("model_type")
    if isinstance(name, str):
        found = name.removesuffix("Fast").removesuffix("Tokenizer")
    else:
        found = _CLASSES.get(kind, "") if isinstance(kind, str) else ""
    only_words = not any((folder / file).is_file() for file in ("tokenizer.json", "vocab.json"))
    is_word_piece = only_words and (folder / "vocab.txt").is_file()
    return "Bert" if is_word_piece and found not in FRAMED else found


def _content(token: object) -> str:
    """The text of a token, which is written as a string or as an object."""
    if isinstance(token, dict):
        token = token.get("content")
    return token if isinstance(token, str) else ""


def _ids(generation: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """The ids by role: those of generation, then the others of the config."""
    found = {}
    for role in ("bos", "eos"):
        values = (source.get(f"{role}_token_id") for source in (generation, config))
        ids = [i for value in values for i in (value if isinstance(value, list) else [value])]
        found[role] = tuple(dict.fromkeys(i for i in map(whole_number, ids) if i is not None))
    return found


def _extra(said: Mapping[str, Any]) -> Iterator[str]:
    for key in ("additional_special_tokens", "extra_special_tokens"):
        tokens = said.get(key)
        if isinstance(tokens, dict):
            tokens = list(tokens.values())
        yield from filter(None, map(_content, tokens if isinstance(tokens, list) else []))


def _added(said: Mapping[str, Any], older: Mapping[str, Any]) -> dict[int, tuple[str, bool]]:
    """The added tokens, by id in ascending order."""
    found = {}
    for name, i in older.items():
        if (number := whole_number(i)) is not None:
            found[number] = (name, False)
    listed = said.get("added_tokens_decoder")
    for key, token in (listed if isinstance(listed, dict) else {}).items():
        if key.isdecimal() and len(key) < 10 and (name := _content(token)):
            found[int(key)] = (name, isinstance(token, dict) and token.get("special") is True)
    return dict(sorted(found.items()))


def _flag(said: Mapping[str, Any], key: str) -> bool | None:
    value = said.get(key)
    return value if isinstance(value, bool) else None


def _template(folder: Path, said: Mapping[str, Any]) -> str:
    """The chat templates, joined; "" where there is none. Newer folders have a file for it."""
    try:
        with open_regular(folder / CHAT_TEMPLATE) as file:
            return file.read(_MAX_TEMPLATE_BYTES).decode("utf-8", "replace")
    except OSError:
        found = said.get("chat_template")
    if isinstance(found, list):
        found = "".join(str(entry.get("template")) for entry in found if isinstance(entry, dict))
    return found if isinstance(found, str) else ""
