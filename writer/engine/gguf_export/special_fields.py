"""The special tokens of a model as GGUF: their ids by role, and what stands before each text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from writer.base.errors import Sentence
from writer.engine.gguf_export.refusal import NotExpressibleError
from writer.models.facts.declared_tokens import declared_tokens
from writer.models.facts.json_files import read_facts
from writer.models.facts.special_tokens import SpecialTokens, frame

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_ROLES = ("bos", "eos", "unk", "sep", "pad", "mask")


@dataclass(frozen=True, slots=True)
class SpecialFields:
    """What a GGUF file says of special tokens: `ids` by role, and whether BOS is put before each text.

    `before` are the tokens, by their names, that the program puts before a text where the file does not;
    `stops` are those that end one. `chat_template` is Jinja, "" where there is none.
    """

    ids: Mapping[str, int]
    add_bos: bool
    before: str
    stops: tuple[str, ...]
    chat_template: str


def special_fields(
    folder: Path, tokenizer: Tokenizer, special: SpecialTokens, tokens: Sequence[str]
) -> SpecialFields:
    """The fields of the model in `folder`; `tokens` are all of the file's, by id.

    Raises NotExpressibleError where the tokenizer puts more than one token before a text.
    """
    declared = declared_tokens(folder)
    found = {role: tokenizer.token_to_id(name) for role, name in declared.names.items() if role in _ROLES}
    for role, numbers in declared.ids.items():
        if found.get(role) is None and numbers:
            found[role] = numbers[0]
    front, _ = frame(tokenizer, declared)
    if len(front) > 1:
        raise NotExpressibleError(Sentence("it needs several tokens before each text"))
    if front:
        found["bos"] = front[0]
    template = read_facts(folder, "tokenizer_config.json").get("chat_template")
    return SpecialFields(
        ids={role: i for role, i in found.items() if i is not None and i < len(tokens)},
        add_bos=bool(front),
        before="" if front else "".join(tokens[i] for i in special.start),
        stops=tuple(tokens[i] for i in sorted(special.stops) if i < len(tokens)),
        chat_template=template if isinstance(template, str) else "",
    )
