"""The list of models that comes with the program says what it must, and nothing that cannot be true."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from writer.base import paths
from writer.models import catalogue, manifest
from writer.models.manifest import Manifest, ModelError
from writer.models.weights.lora_adapter import WEIGHTS, read_adapter

ENTRIES = catalogue.load()
NAMED = {
    "smollm2-135m-instruct",
    "smollm2-135m-tuned",
    "minimind2-small",
    "gpt2",
    "distilgpt2",
    "gpt2-medium",
    "gpt2-large",
    "smollm2-135m",
    "smollm2-360m",
    "qwen3-0.6b-base",
    "qwen3.5-0.8b-base",
    "smollm2-1.7b",
    "granite-4.0-350m-base",
    "ernie-4.5-0.3b-base",
    "gpt2-chinese",
    "gpt2-distil-chinese",
    "bert-base-uncased",
    "bert-base-chinese",
    "distilroberta-base",
    "gemma-3-270m",
}


def test_the_models_are_there() -> None:
    assert set(ENTRIES) >= NAMED


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=lambda e: e.id)
def test_an_entry_is_complete(entry: catalogue.Entry) -> None:
    assert sum(source is not None for source in (entry.wheel, entry.package, entry.hub, entry.tuning)) == 1
    assert entry.source
    assert entry.licence
    assert entry.kind in ("causal", "masked")
    assert set(entry.languages) <= {"en", "zh"}
    assert entry.languages
    assert 0 < entry.download <= entry.bytes
    assert entry.parameters > 1e6


@pytest.mark.parametrize("entry", [e for e in ENTRIES.values() if e.hub], ids=lambda e: e.id)
def test_pins_of_the_hub_are_commits_and_hashes(entry: catalogue.Entry) -> None:
    assert entry.hub is not None
    assert re.fullmatch(r"[0-9a-f]{40}|", entry.hub.revision)
    assert all(re.fullmatch(r"[0-9a-f]{64}", value) for value in entry.hub.sha256.values())
    assert not entry.hub.sha256 or entry.hub.revision


def test_pins_of_packages_are_hashes() -> None:
    for entry in ENTRIES.values():
        if entry.package is not None:
            kind, _, value = entry.package.integrity.partition("-")
            assert kind == "sha512"
            assert len(base64.b64decode(value, validate=True)) == 64


@pytest.mark.parametrize("entry", [e for e in ENTRIES.values() if e.tuning], ids=lambda e: e.id)
def test_a_tuned_starter_says_what_it_fits_and_learned(entry: catalogue.Entry) -> None:
    assert entry.tuning is not None
    base, folder = ENTRIES[entry.tuning.base], paths.resources_dir() / entry.tuning.folder
    assert base.wheel is not None
    assert base.wheel.file_sha256 in entry.tuning.base_sha256
    assert (folder / WEIGHTS).stat().st_size < 12e6
    assert "Apache License" in (folder / "LICENSE").read_text()
    sources = (folder / "SOURCES.md").read_text()
    assert base.wheel.file_sha256 in sources
    licences = re.findall(r"^\| \[.*?\]\(https://github.com/\S+\) \| \w{12} \| (.*?) \|", sources, re.M)
    assert len(licences) > 20
    assert set(licences) <= {
        "PD",
        "CC0-1.0",
        "CC-BY-3.0",
        "CC-BY-4.0",
        "MIT",
        "Apache-2.0",
        "MIT OR Apache-2.0",
    }
    assert len(read_adapter(folder)) == 210


@pytest.mark.parametrize("text", ["[x]\nname = 1\n", "[x", "x = 1", '[x]\nlanguages = ["en"]\nodd = 1\n'])
def test_a_damaged_list_is_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "models.toml").write_text(text)
    with pytest.raises(ModelError, match="install Writer again"):
        catalogue.load(tmp_path / "models.toml")


def test_a_manifest_comes_back_as_it_was(tmp_path: Path) -> None:
    given = Manifest(
        id="a", name="A", languages=("en", "zh"), prefix="<|x|>", measured={"warm_ms": 12.5, "words": 3}
    )
    manifest.write(tmp_path, given)
    assert manifest.read(tmp_path) == given
    assert [p.name for p in tmp_path.iterdir()] == [manifest.FILE]
