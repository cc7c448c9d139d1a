"""A version costs what its adapter costs, and gets the weights that were proved when it is to write."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import namedtuple
from pathlib import Path

import pytest

from tests.models.adapters.conftest import MakePersonal, fill_base
from writer.base import paths
from writer.base.progress import Cancelled, Progress
from writer.models import calibrations
from writer.models import manifest as manifests
from writer.models.adapters import whole_model
from writer.models.adapters.whole_model import drop_weights, make_whole, whole_for_use
from writer.models.calibrations import MeasuredSuggestions
from writer.models.derived_files import derived_folder
from writer.models.library.export_model import export, export_adapter
from writer.models.library.import_model import ModelImporter
from writer.models.manifest import ModelError
from writer.models.model_folder import ModelFolder, verify
from writer.models.store import ModelStore
from writer.text.language import Language

WEIGHTS = "model.safetensors"


def _proved(model: ModelFolder) -> str:
    assert model.manifest.adapter is not None
    return model.manifest.adapter.merged.sha256


def test_a_version_is_small_until_it_writes(store: ModelStore, make_personal: MakePersonal) -> None:
    model = make_personal()
    assert model.weights == ()
    verify(model)
    small = paths.bytes_below(model.path)
    seen: list[Progress] = []
    whole = make_whole(store, model, seen.append)
    assert manifests.sha256(whole.path / WEIGHTS) == _proved(model)
    assert whole.weights == (whole.path / WEIGHTS,) == store.find("personal-1").weights
    assert (whole.path / WEIGHTS).stat().st_mode & 0o777 == 0o600
    assert seen[0].stage == "converting"
    assert seen[0].total == (whole.path / WEIGHTS).stat().st_size
    before = (whole.path / WEIGHTS).stat()
    assert make_whole(store, model).path == whole.path  # who comes later finds it
    assert (whole.path / WEIGHTS).stat() == before

    (whole.path / ".writer").mkdir()
    drop_weights(store, {"personal-1"})
    assert (whole.path / WEIGHTS).exists()
    drop_weights(store, {"base"})
    assert paths.bytes_below(model.path) == small
    assert not (whole.path / ".writer").exists()
    assert (store.directory / "base" / WEIGHTS).exists()


def test_what_was_measured_of_a_version_stays(store: ModelStore, make_personal: MakePersonal) -> None:
    model = make_whole(store, make_personal())
    measured: dict[Language, MeasuredSuggestions] = {"en": MeasuredSuggestions(right={"sure": 0.9})}
    calibrations.write(model.path, measured)
    (derived_folder(model.path) / "graphs").mkdir()
    (derived_folder(model.path) / "table.npz").touch()
    drop_weights(store, {"base"})
    assert store.find("personal-1").weights == ()
    assert [path.name for path in derived_folder(model.path).iterdir()] == [calibrations.FILE]
    assert calibrations.read(model.path) == measured


def test_for_one_use_nothing_stays(store: ModelStore, make_personal: MakePersonal) -> None:
    model = make_personal()
    before = paths.bytes_below(store.directory)
    with whole_for_use(store, model) as whole:
        assert whole.path.name == whole.id == "personal-1"
        assert whole.path != model.path
        assert manifests.sha256(whole.path / WEIGHTS) == _proved(model)
    assert not whole.path.exists()
    assert paths.bytes_below(store.directory) == before
    made = make_whole(store, model)
    with whole_for_use(store, made) as whole:
        assert whole.path == model.path


def test_a_base_that_is_gone_or_another_is_one_sentence(
    store: ModelStore, make_personal: MakePersonal
) -> None:
    model = make_personal()
    with pytest.raises(ModelError, match="personal-1 cannot be used without base"):
        store.remove("base")
    store.install("base", lambda folder: fill_base(folder, seed=7))
    with pytest.raises(ModelError, match="adapter of another base"):
        make_whole(store, model)
    shutil.rmtree(store.directory / "base")
    with pytest.raises(ModelError, match="base, which is missing") as caught:
        make_whole(store, model)
    assert "\n" not in str(caught.value)
    assert not (model.path / WEIGHTS).exists()


def test_weights_that_cannot_be_made_again_stay(store: ModelStore, make_personal: MakePersonal) -> None:
    model = make_whole(store, make_personal())
    store.remove("base")
    drop_weights(store, ())
    assert store.find("personal-1").weights == model.weights


def test_damaged_weights_are_made_again(store: ModelStore, make_personal: MakePersonal) -> None:
    model = make_whole(store, make_personal())
    file = model.path / WEIGHTS
    whole = file.read_bytes()
    for damage in (b"", whole[:-1], b"\xff" * len(whole)):
        file.write_bytes(damage)
        assert make_whole(store, store.find("personal-1")).weights == (file,)
        assert file.read_bytes() == whole


def test_a_damaged_adapter_is_one_sentence(store: ModelStore, make_personal: MakePersonal) -> None:
    model = make_personal()
    file = model.path / "adapter" / "adapter_model.safetensors"
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + b"\x7f")
    with pytest.raises(ModelError, match="has changed"):
        make_whole(store, model)
    file.write_bytes(whole[:-1])
    with pytest.raises(ModelError, match="wrong size"):
        store.find("personal-1")


KILLED = """
import os, signal
from pathlib import Path
from writer.models.adapters.whole_model import make_whole
from writer.models.store import ModelStore
store = ModelStore(Path({directory!r}))
make_whole(store, store.find("personal-1"), cancelled=lambda: os.kill(os.getpid(), signal.SIGKILL))
"""


def test_a_kill_in_the_middle_leaves_nothing_for_long(store: ModelStore, make_personal: MakePersonal) -> None:
    model = make_personal()
    script = KILLED.format(directory=str(store.directory))
    done = subprocess.run([sys.executable, "-c", script], timeout=600, check=False)
    assert done.returncode == -signal.SIGKILL
    part = store.directory / ".personal-1.part"
    assert part.exists()
    assert store.find("personal-1").weights == ()
    store.remove_remains()
    assert not part.exists()
    part.mkdir()
    (part / WEIGHTS).write_bytes(b"half")
    assert manifests.sha256(make_whole(store, model).path / WEIGHTS) == _proved(model)
    assert not part.exists()


def test_a_cancelled_making_leaves_the_folder_as_it_was(
    store: ModelStore, make_personal: MakePersonal
) -> None:
    model = make_personal()
    with pytest.raises(Cancelled):
        make_whole(store, model, cancelled=lambda: True)
    with pytest.raises(Cancelled), whole_for_use(store, model, cancelled=lambda: True):
        pass
    assert store.find("personal-1").weights == ()
    assert not list(store.directory.glob(".*.part"))


def test_a_full_disk_is_one_sentence(
    store: ModelStore, make_personal: MakePersonal, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_personal()

    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(whole_model, "merge_weights", full)
    with pytest.raises(ModelError, match="No space left"):
        make_whole(store, model)
    usage = namedtuple("usage", "total used free")(1, 1, 0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    with pytest.raises(ModelError, match="not enough space"):
        make_whole(store, model)
    assert not list(store.directory.glob(".*.part"))
    assert store.find("personal-1").weights == ()


def test_two_at_once_make_it_once(
    store: ModelStore, make_personal: MakePersonal, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_personal()
    made: list[str] = []
    real = whole_model.merge_weights

    def counted(*arguments: object, **options: object) -> object:
        made.append("")
        return real(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(whole_model, "merge_weights", counted)
    found: list[ModelFolder] = []
    threads = [threading.Thread(target=lambda: found.append(make_whole(store, model))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.weights for one in found] == [(model.path / WEIGHTS,)] * 3
    assert len(made) == 1


@pytest.mark.parametrize("target", ["shared", "shared.zip"])
def test_an_exported_version_is_whole_and_comes_back(
    store: ModelStore, make_personal: MakePersonal, tmp_path: Path, target: str
) -> None:
    model = make_personal()
    with whole_for_use(store, model, verified=True) as whole:
        export(whole, tmp_path / target)
    again = ModelImporter(store).import_model(tmp_path / target, "again")
    assert again.manifest.adapter is None
    assert manifests.sha256(again.path / WEIGHTS) == _proved(model)
    verify(again)


def test_damaged_weights_are_not_exported(
    store: ModelStore, make_personal: MakePersonal, tmp_path: Path
) -> None:
    model = make_whole(store, make_personal())
    with (model.path / WEIGHTS).open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\x7f")
    with whole_for_use(store, model, verified=True) as whole:
        export(whole, tmp_path / "shared")
    assert manifests.sha256(tmp_path / "shared" / WEIGHTS) == _proved(model)


def test_an_adapter_is_exported_alone(store: ModelStore, make_personal: MakePersonal, tmp_path: Path) -> None:
    export_adapter(make_personal(), tmp_path / "adapter")
    assert sorted(file.name for file in (tmp_path / "adapter").iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
    ]
    with pytest.raises(ModelError, match="there already"):
        export_adapter(make_personal(), tmp_path / "adapter")
    with pytest.raises(ModelError, match="base is no adapter"):
        export_adapter(store.find("base"), tmp_path / "other")
    with pytest.raises(ModelError, match="only an adapter"):
        ModelImporter(store).import_model(store.find("personal-1").path, "again")
