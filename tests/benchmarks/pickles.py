"""Offers models that are pickles, under every name and in every wrapping, and counts which were refused.

    python -m tests.benchmarks.pickles

Each would make a file if anything unpickled it. Refusals that name reason and way out are counted apart.
"""

from __future__ import annotations

import io
import itertools
import json
import os
import pickle
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from writer.models.library.import_model import ModelImporter
from writer.models.manifest import ModelError
from writer.models.store import ModelStore

NAMES = (
    "pytorch_model.bin",
    "pytorch_model-00001-of-00002.bin",
    "model.pt",
    "model.pth",
    "model.ckpt",
    "weights.pkl",
    "weights.pickle",
    "model.joblib",
    "model.safetensors",
    "model.gguf",
    "model.zip",
    "MODEL.BIN",
    "model",
)
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


@dataclass
class Result:
    """How many were offered, refused, refused with the reason, and opened."""

    tried: int = 0
    refused: int = 0
    told: int = 0
    opened: int = 0


class Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return os.system, (f"touch '{self._path}'",)


def torch_archive(content: bytes) -> bytes:
    """What torch.save writes: a zip archive around a pickle."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("model/data.pkl", content)
        archive.writestr("model/data/0", b"\0" * 64)
    return target.getvalue()


def refused(folder: Path, names: Sequence[str] = NAMES) -> Result:
    """Offer pickles of these names in every protocol, bare and packed, alone and in a folder of a model."""
    result, trace, source = Result(), folder / "trace", folder / "source"
    store = ModelStore(folder / "models")
    store.directory.mkdir()
    for name, protocol, packed, alone in itertools.product(names, PROTOCOLS, (False, True), (False, True)):
        content = pickle.dumps(Bomb(trace), protocol)
        source.mkdir()
        (source / name).write_bytes(torch_archive(content) if packed else content)
        (source / "config.json").write_text(json.dumps({"model_type": "gpt2"}), "utf-8")
        (source / "tokenizer.json").write_text("{}", "utf-8")
        result.tried += 1
        try:
            ModelImporter(store).import_model(source / name if alone else source)
        except ModelError as error:
            result.refused += 1
            result.told += bool(re.search(r"(?=.*pickle).*could run programs here.*safetensors", str(error)))
        result.opened += trace.exists()
        shutil.rmtree(source)
    assert not store.models()
    return result


def main() -> int:
    """Offer all; the exit status is 1 where one was not refused."""
    with tempfile.TemporaryDirectory(prefix="writer-pickles-") as name:
        result = refused(Path(name))
    told = f"{result.refused} refused, {result.told} with the reason, {result.opened} opened"
    print(f"{result.tried} pickles: {told}")
    return int(result.refused != result.tried or bool(result.opened))


if __name__ == "__main__":
    sys.exit(main())
