"""What is made of a model when it arrives: a model for text alone, with a tokenizer that is read.

A model that reads images or sound, too, is taken without them; a SentencePiece model becomes a
`tokenizer.json`. What needs neither is taken as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from writer.base.progress import CancelCheck, never
from writer.base.typed_data import DamagedError
from writer.models import tokenizer_files
from writer.models.convert import sentencepiece, shifted_pieces, text_part
from writer.models.facts.json_files import read_facts
from writer.models.manifest import ModelError
from writer.models.model_folder import CONFIG, read_config
from writer.models.safetensors_files import INDEX, WEIGHTS, read_shard_names

TOKENIZER = "tokenizer.json"
TOKENIZER_CONFIG = "tokenizer_config.json"

Place = Callable[[Path, Path], None]
"""Puts a file under another path, by a link, a move or a copy."""


def needs_change(folder: Path, names: Collection[str]) -> bool:
    """Whether the model in `folder`, of files with these names, is changed at all. Raises ModelError."""
    return bool(text_part.part_config(read_config(folder))) or not tokenizer_files.is_readable(names)


def require_readable_tokenizer(folder: Path, names: Collection[str]) -> None:
    """Raise ModelError unless files of these names hold a tokenizer that is read, or can be made.

    A SentencePiece model among them is in `folder` already, with the tokenizer's config.
    """
    if not tokenizer_files.is_readable(names):
        _made_tokenizer(folder, tokenizer_files.sentencepiece_file(names))


def change(
    source: Path, target: Path, names: Iterable[str], place: Place, cancelled: CancelCheck = never
) -> None:
    """Put the model in `source`, of files with these names, into the empty folder `target`.

    Files that stay as they are go through `place`. Raises ModelError, OSError, Cancelled.
    """
    left = set(names)
    config = read_config(source)
    if not tokenizer_files.is_readable(left):
        made = _made_tokenizer(source, tokenizer_files.sentencepiece_file(left))
        (target / TOKENIZER).write_bytes(made)
    if text_part.part_config(config):
        try:
            weights = _weights(source)
            text_part.extract(config, weights, target, cancelled)
        except DamagedError as error:
            raise ModelError("The weights of this model are damaged; get the model again.") from error
        left -= {CONFIG, INDEX, *(file.name for file in weights)}
    for name in sorted(left):
        place(source / name, target / name)


def _weights(folder: Path) -> tuple[Path, ...]:
    if (folder / WEIGHTS).is_file():
        return (folder / WEIGHTS,)
    return tuple(folder / name for name in read_shard_names(folder / INDEX))


def _made_tokenizer(folder: Path, name: str) -> bytes:
    """The `tokenizer.json` for the SentencePiece model `name` in `folder`. Raises ModelError, OSError."""
    if not name:
        raise ModelError(
            "This model has no list of words that Writer reads (tokenizer.json); choose another model."
        )
    if name == tokenizer_files.SHIFTED:
        kind = read_config(folder).get("model_type")
        return shifted_pieces.tokenizer_json(folder / name, kind if isinstance(kind, str) else "")
    config = read_facts(folder, TOKENIZER_CONFIG)
    return sentencepiece.tokenizer_json(folder / name, adds_start=config.get("add_bos_token") is not False)
