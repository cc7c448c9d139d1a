"""A folder of made-up texts in two languages, and small models for each."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from tests.fakes.small_models import SENTENCES
from tests.training.sample_folders import make_texts
from writer.base import paths
from writer.models import manifest as manifests
from writer.models.manifest import Manifest
from writer.models.selection import DEFAULT_MODEL

CHINESE = SENTENCES[4:6]


def make_mixed_folder(folder: Path) -> Path:
    """Documents in English and fewer words in Chinese, each enough for a training, and a German one."""
    make_texts(folder, 6, 8)
    chance = random.Random(0)
    characters = "".join(CHINESE)
    for day in range(6):
        body = "".join(chance.choice(CHINESE) for _ in range(25))
        text = f"{''.join(chance.choices(characters, k=60))}\n\n{body}"
        (folder / f"2024-02-{day + 1:02}-信.txt").write_text(text, encoding="utf-8")
    (folder / "brief.txt").write_text("Es regnete, als sie nach Hause kam, und die Tür war offen. " * 4)
    return folder


def install_models(source: Path) -> None:
    """A model that writes English, and one that writes Chinese, in the store of this user."""
    for name, language in ((DEFAULT_MODEL, "en"), ("small-chinese", "zh")):
        folder = paths.models_dir() / name
        shutil.copytree(source, folder)
        manifests.write(folder, Manifest(name, name, languages=(language,)))
