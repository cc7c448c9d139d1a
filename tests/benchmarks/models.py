"""The models that every engine is measured with, as Hugging Face folders, and the token ids they get.

- `gpt2`: GPT-2 124M in its default shape with random weights from a fixed seed. It shows speed only.
- `starter`: the model that comes with the program. It shows speed and truth.
- `gemma`: Gemma 3 270M, where somebody got it: its terms of use want a person's consent.
"""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from writer.models.adapters.widened import widened
from writer.models.selection import DEFAULT_MODEL
from writer.models.weights.weight_files import is_gguf, weight_files

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "bench"
SHARED = ROOT.parent / "shared" / "data"
NAMES = ("gpt2", "starter", "gemma")
_INSTALLED = {"starter": DEFAULT_MODEL, "gemma": "gemma-3-270m"}
_SEED = 20_251_123


class MissingError(Exception):
    """A model or a text that this machine lacks; its text is one sentence."""


@dataclass(frozen=True)
class BenchModel:
    """A model on the disk: its Hugging Face folder and a folder for what peers convert it to.

    `start` are the ids that stand before every text.
    """

    name: str
    folder: Path
    converted: Path
    vocabulary: int
    start: tuple[int, ...] = ()

    def plain(self) -> Path:
        """The folder with safetensors, which others read; made once where the model has a GGUF file."""
        target = BUILD / f"{self.name}-float32"
        if is_gguf(weight_files(self.folder)) and not target.exists():
            with widened(self.folder) as folder:
                shutil.copytree(folder, target.with_suffix(".part"), dirs_exist_ok=True)
            target.with_suffix(".part").rename(target)
        return target if target.exists() else self.folder


def find(name: str) -> BenchModel:
    """The model called `name`, made first where it can be made. Raises `MissingError` with one sentence."""
    converted = BUILD / "converted" / name
    converted.mkdir(parents=True, exist_ok=True)
    folder = _random_gpt2() if name == "gpt2" else _installed(_INSTALLED[name])
    config = json.loads((folder / "config.json").read_text("utf-8"))
    start = (config["bos_token_id"],) if name == "gemma" else ()
    return BenchModel(name, folder, converted, config["vocab_size"], start)


def token_ids(model: BenchModel, count: int) -> list[int]:
    """`count` ids: English text, seeded random ones for the random model."""
    if model.name == "gpt2":
        generator = random.Random(_SEED)
        return [generator.randrange(1000, 50_000) for _ in range(count)]
    ids = list(model.start)
    for document in english_text():
        ids += encode(model, document)
        if len(ids) >= count:
            return ids[:count]
    raise MissingError(f"The English text for the benchmark has fewer than {count} tokens.")


def encode(model: BenchModel, text: str) -> list[int]:
    """The model's token ids of `text`, without special tokens."""
    return list(_tokenizer(model.folder).encode(text, add_special_tokens=False).ids)


def pieces(model: BenchModel) -> dict[int, str]:
    """The text of every token as the vocabulary writes it: a leading "Ġ" is a space."""
    vocabulary = _tokenizer(model.folder).get_vocab()
    return {token: piece for piece, token in vocabulary.items()}


def english_text() -> list[str]:
    """English documents for figures of speed: held-out ones, else this program's own."""
    try:
        return held_out_text()
    except MissingError:
        return [(ROOT / name).read_text("utf-8") for name in ("CONTRIBUTING.md", "README.md", "CHANGELOG.md")]


def held_out_text() -> list[str]:
    """English documents from July 2025 on: later than the starter was trained."""
    folder = SHARED / "en_mtlynch" / "text"
    files = sorted(path for path in folder.glob("*.txt") if path.name >= "2025-07")
    if not files:
        raise MissingError(f"There is no English text in {folder}; the figures of truth need it.")
    return [path.read_text("utf-8") for path in files]


@cache
def _tokenizer(folder: Path):
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def _installed(name: str) -> Path:
    from writer.base import paths
    from writer.models.store import ModelError, ModelStore

    try:
        return ModelStore(paths.models_dir()).find(name).path
    except ModelError as error:
        raise MissingError(str(error)) from error


def _random_gpt2() -> Path:
    folder = BUILD / "gpt2"
    if (folder / "model.safetensors").exists() and (folder / "tokenizer.json").exists():
        return folder
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(_SEED)
    GPT2LMHeadModel(GPT2Config()).save_pretrained(folder)
    _write_tokenizer(folder)
    return folder


def _write_tokenizer(folder: Path) -> None:
    """A byte-level BPE of 50,257 entries: bytes, pairs of bytes, one end. Converters want a tokenizer."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [(a, b) for a in letters for b in letters][:50_000]
    vocabulary = {piece: i for i, piece in enumerate([*letters, *("".join(pair) for pair in merges)])}
    vocabulary["<|endoftext|>"] = len(vocabulary)
    tokenizer = Tokenizer(models.BPE(vocabulary, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = dict.fromkeys(("eos_token", "bos_token", "unk_token"), "<|endoftext|>")
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(folder)
