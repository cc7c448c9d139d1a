"""Models are found when they are whole, and say in one sentence what is wrong when they are not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from writer.base import paths
from writer.base.errors import UserError
from writer.models.derived_files import derived_folder
from writer.models.inventory import installed
from writer.models.library.overview import AVAILABLE, DAMAGED, HERE, overview
from writer.models.manifest import Manifest, ModelError
from writer.models.model_folder import open_folder, verify
from writer.models.selection import ModelPreferences
from writer.models.store import DEFAULT_MODEL, ModelStore, find


@pytest.fixture
def tiny(store: ModelStore, filled) -> Path:
    return store.install("tiny", lambda folder: filled(folder, 1.0)).path


def test_installed_model_is_found_by_name_and_by_folder(store: ModelStore, tiny: Path) -> None:
    for key in ("tiny", tiny, str(tiny)):
        model = store.find(key)
        assert (model.id, model.name, model.path) == ("tiny", "Tiny", tiny)
        assert model.config()["model_type"] == "gpt2"
        assert model.weights == (tiny / "model.safetensors",)
    assert [model.id for model in store.models()] == ["tiny"]
    verify(store.find("tiny"))


def test_manifest_lists_every_file(tiny: Path) -> None:
    listed = {file["name"] for file in json.loads((tiny / "manifest.json").read_text())["files"]}
    assert listed == {"config.json", "tokenizer.json", "model.safetensors"}
    assert {path.name for path in tiny.iterdir()} == listed | {"manifest.json"}
    assert tiny.stat().st_mode & 0o777 == 0o700


def test_default_store_is_the_platforms(filled) -> None:
    store = ModelStore(paths.models_dir())
    assert store.directory.is_relative_to(os.environ["XDG_DATA_HOME"])
    store.install("tiny", lambda folder: filled(folder, 1.0))
    assert find("tiny").path == store.directory / "tiny"


def test_shipped_models_are_found_and_stay(tmp_path: Path, store: ModelStore, filled) -> None:
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    tiny = ModelStore(shipped).install("tiny", lambda folder: filled(folder, 1.0)).path
    both = ModelStore(store.directory, shipped)
    assert both.find("tiny").path == tiny
    assert [model.id for model in both.models()] == ["tiny"]
    assert [model.id for model in installed(both)] == ["tiny"]
    with pytest.raises(ModelError, match="came with the program"):
        both.remove("tiny")
    own = both.install("tiny", lambda folder: filled(folder, 2.0)).path
    assert both.find("tiny").path == own
    assert both.folders() == [own]
    both.remove("tiny")
    assert both.find("tiny").path == tiny


def test_plain_folder_without_manifest_is_a_model(tmp_path: Path, filled) -> None:
    folder = tmp_path / "gpt2"
    folder.mkdir()
    filled(folder, 1.0)
    assert open_folder(folder).manifest == Manifest(id="gpt2", name="gpt2")


def test_weights_in_several_files(tmp_path: Path, filled) -> None:
    folder = tmp_path / "sharded"
    folder.mkdir()
    filled(folder, 1.0)
    (folder / "model.safetensors").rename(folder / "a.safetensors")
    shutil.copy(folder / "a.safetensors", folder / "b.safetensors")
    index = {"weight_map": {"x": "a.safetensors", "y": "b.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert [path.name for path in open_folder(folder).weights] == ["a.safetensors", "b.safetensors"]
    (folder / "b.safetensors").unlink()
    with pytest.raises(ModelError, match=r"b\.safetensors is missing"):
        open_folder(folder)
    for names in ([], {"x": 3}, {"x": "../../a.safetensors"}, {"x": "\ud800"}):
        (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": names}))
        with pytest.raises(ModelError, match="damaged"):
            open_folder(folder)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (DEFAULT_MODEL, "make setup"),
        ("gtp2", "no model named “gtp2” here (models: none yet)"),
        ("", "no model named “”"),
        ("/no/such/place", "no model folder"),
        ("~/no/such/place", "no model folder"),
    ],
)
def test_unknown_model_is_one_sentence(store: ModelStore, name: str, says: str) -> None:
    with pytest.raises(ModelError) as caught:
        store.find(name)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


DEEP = b'{"a":' * 100_000


def framed(header: bytes) -> bytes:
    """A safetensors file with this header and 256 bytes of data."""
    return len(header).to_bytes(8, "little") + header + bytes(256)


def rewrite_header(folder: Path, key: str, value: object) -> None:
    """Let the header of the weights say something else of its tensor."""
    entry = {"dtype": "F32", "shape": [8, 8], "data_offsets": [0, 256], key: value}
    (folder / "model.safetensors").write_bytes(framed(json.dumps({"x": entry}).encode()))


DAMAGE = {
    "weights cut": lambda f: os.truncate(f / "model.safetensors", 100),
    "weights gone": lambda f: (f / "model.safetensors").unlink(),
    "weights empty": lambda f: (f / "model.safetensors").write_bytes(b""),
    "weights of zeros": lambda f: (f / "model.safetensors").write_bytes(bytes(500)),
    "header huge": lambda f: (f / "model.safetensors").write_bytes(b"\xff" * 500),
    "header no object": lambda f: (f / "model.safetensors").write_bytes(bytes([2, *[0] * 7]) + b"[]"),
    "config no JSON": lambda f: (f / "config.json").write_text("{"),
    "config a list": lambda f: (f / "config.json").write_text("[]"),
    "config binary": lambda f: (f / "config.json").write_bytes(b"\xff\xfe\x00"),
    "config deep": lambda f: (f / "config.json").write_bytes(DEEP),
    "config without end": lambda f: os.truncate(f / "config.json", 5 << 30),
    "header deep": lambda f: (f / "model.safetensors").write_bytes(framed(DEEP)),
    "header of texts": lambda f: rewrite_header(f, "shape", "many"),
    "shape negative": lambda f: rewrite_header(f, "shape", [-8, -8]),
    "shape beyond the file": lambda f: rewrite_header(f, "shape", [1 << 40, 1 << 40]),
    "shape endless": lambda f: rewrite_header(f, "shape", [1] * 100_000),
    "offsets beyond all": lambda f: rewrite_header(f, "data_offsets", [0, 10**30]),
    "offsets backwards": lambda f: rewrite_header(f, "data_offsets", [256, 0]),
    "config without type": lambda f: (f / "config.json").write_text("{}"),
    "config a folder": lambda f: ((f / "config.json").unlink(), (f / "config.json").mkdir()),
    "tokenizer gone": lambda f: (f / "tokenizer.json").unlink(),
}


@pytest.mark.parametrize("with_manifest", [True, False])
@pytest.mark.parametrize("damage", DAMAGE, ids=str)
def test_damaged_model_is_one_sentence(
    store: ModelStore, tiny: Path, damage: str, with_manifest: bool
) -> None:
    if not with_manifest:
        (tiny / "manifest.json").unlink()
    DAMAGE[damage](tiny)
    with pytest.raises(ModelError, match=r"is damaged \([^\n]+\); [^\n]+\.$"):
        store.find("tiny")
    assert store.models() == ()


MANIFEST = {"id": "bad", "name": "Bad", "files": [{"name": "config.json", "bytes": 1, "sha256": "0"}]}
DAMAGED_MANIFESTS = [
    b"",
    b"{",
    b"[]",
    b"{}",
    b'{"files": 3}',
    b'{"files": [{}]}',
    b'{"files": []}',
    DEEP,
    b"\xff\xfe{",
    json.dumps(MANIFEST | {"name": 5}).encode(),
    json.dumps(MANIFEST | {"name": "\ud800"}).encode(),
    json.dumps(MANIFEST | {"measured": {"token_ms": "fast"}}).encode(),
    json.dumps(MANIFEST | {"measured": {"token_ms": float("nan")}}).encode(),
    json.dumps(MANIFEST | {"languages": 7}).encode(),
    *(
        json.dumps(MANIFEST | {"files": [MANIFEST["files"][0] | {"name": name}]}).encode()  # type: ignore[operator]
        for name in (5, "", "..", "a" * 5000, "/etc/passwd", "\0")
    ),
    json.dumps(MANIFEST | {"files": [MANIFEST["files"][0] | {"bytes": "many"}]}).encode(),  # type: ignore[operator]
]


@pytest.mark.parametrize("content", DAMAGED_MANIFESTS, ids=range(len(DAMAGED_MANIFESTS)))
def test_damaged_manifest_is_one_sentence_and_hides_no_other_model(
    store: ModelStore, tiny: Path, content: bytes
) -> None:
    bad = store.directory / "bad"
    shutil.copytree(tiny, bad)
    (bad / "manifest.json").write_bytes(content)
    with pytest.raises(ModelError, match=r"description of the model in .* is damaged"):
        store.find("bad")
    assert [model.id for model in store.models()] == ["tiny"]
    assert [model.id for model in installed(store)] == ["tiny"]
    listed = [one for one in overview(store, ModelPreferences()) if one.state != AVAILABLE]
    assert [(one.id, one.state) for one in listed] == [("tiny", HERE), ("bad", DAMAGED)]
    json.dumps([one.as_dict() for one in listed], allow_nan=False, ensure_ascii=False).encode()
    assert (bad / "manifest.json").read_bytes() == content
    store.remove("bad")
    assert [folder.name for folder in store.folders()] == ["tiny"]


def test_changed_byte_is_seen_by_verify(store: ModelStore, tiny: Path) -> None:
    with (tiny / "model.safetensors").open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\x55")
    with pytest.raises(ModelError, match=r"model\.safetensors has changed"):
        verify(store.find("tiny"))


@pytest.mark.parametrize("pickle", ["pytorch_model.bin", "pytorch_model.bin.index.json"])
def test_pickle_is_refused(store: ModelStore, tiny: Path, pickle: str) -> None:
    (tiny / "manifest.json").unlink()
    (tiny / "model.safetensors").rename(tiny / pickle)
    with pytest.raises(ModelError, match=r"pickle.*safetensors"):
        store.find("tiny")


@contextmanager
def unprivileged(folder: Path) -> Iterator[None]:
    """Root may read everything, so become somebody else for a moment."""
    folder.chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
        folder.chmod(0o700)


def test_folder_without_permission_is_one_sentence(tiny: Path) -> None:
    with unprivileged(tiny), pytest.raises(ModelError, match="may not be read; check its permissions"):
        open_folder(tiny)


def test_place_without_permission_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "closed" / "data"))
    (tmp_path / "closed").mkdir()
    with (
        unprivileged(tmp_path / "closed"),
        pytest.raises(UserError, match=r"cannot make its folder .*denied.*\."),
    ):
        paths.models_dir()


def test_installing_again_replaces_the_model(store: ModelStore, tiny: Path, filled) -> None:
    store.install("tiny", lambda folder: filled(folder, 2.0))
    assert store.find("tiny").config()["value"] == 2.0
    assert [path.name for path in store.directory.glob("*.part")] == []


def test_failed_installation_leaves_the_old_model(store: ModelStore, tiny: Path, filled) -> None:
    def fails(folder: Path) -> Manifest:
        filled(folder, 2.0)
        raise ModelError("no")

    def incomplete(folder: Path) -> Manifest:
        manifest = filled(folder, 2.0)
        (folder / "tokenizer.json").unlink()
        return manifest

    for build in (fails, incomplete):
        with pytest.raises(ModelError):
            store.install("tiny", build)
        assert store.find("tiny").config()["value"] == 1.0
    assert {path.name for path in store.directory.iterdir()} == {"tiny", ".tiny.lock"}


def test_model_comes_back_after_a_kill_between_two_renames(store: ModelStore, tiny: Path) -> None:
    tiny.rename(store.directory / ".tiny.old.part")
    assert store.find("tiny").path == tiny


def test_left_over_of_a_replacement_does_not_come_back(store: ModelStore, tiny: Path) -> None:
    shutil.copytree(tiny, store.directory / ".tiny.old.part")
    store.remove("tiny")
    with pytest.raises(ModelError, match="no model named"):
        store.find("tiny")


def test_removed_model_is_gone(store: ModelStore, tiny: Path) -> None:
    store.remove("tiny")
    assert store.models() == ()
    assert not tiny.exists()
    with pytest.raises(ModelError, match="no model named"):
        store.remove("tiny")


def test_what_was_made_from_a_removed_model_goes_with_it(store: ModelStore, tiny: Path, monkeypatch) -> None:
    """Also what the cache keeps of a model in whose folder nothing may be written."""
    tiny.chmod(0o500)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tiny)  # root may always write
    graph = derived_folder(tiny) / "decoder.onnx"
    assert paths.cache_dir() in graph.parents
    graph.parent.mkdir(parents=True)
    graph.write_bytes(b"graph")
    store.remove("tiny")
    assert not graph.parent.exists()
    assert list(store.directory.glob("*tiny*")) == [store.directory / ".tiny.lock"]


def test_remains_of_what_was_killed_are_removed_and_what_runs_stays(store: ModelStore, tiny: Path) -> None:
    """Also those of versions that had no lock; an older model is kept, as it may be the only copy."""
    remains = [store.directory / name for name in (".import-x1.part", ".mine.part", ".mine.gone.part")]
    kept = store.directory / ".lost.old.part"
    for folder in (*remains, kept):
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(bytes(9))
    with store.scratch() as scratch, store.lock("other"):
        (scratch / "config.json").write_text("{}")
        (store.directory / ".other.part").mkdir()
        ModelStore(store.directory).remove_remains()
        assert (scratch / "config.json").is_file()
        assert (store.directory / ".other.part").is_dir()
    assert not scratch.exists()
    assert not any(folder.exists() for folder in remains)
    assert kept.is_dir()
    assert tiny.is_dir()
    assert not list(store.directory.glob(".import-*"))
    store.remove_remains()
    assert not (store.directory / ".other.part").exists()


def test_a_killed_import_leaves_nothing_after_the_next_start(store: ModelStore) -> None:
    program = (
        "import sys, time; from pathlib import Path; from writer.models.store import ModelStore\n"
        "with ModelStore(Path(sys.argv[1])).scratch() as folder:\n"
        "    (folder / 'model.safetensors').write_bytes(bytes(9)); print(flush=True); time.sleep(60)\n"
    )
    command = [sys.executable, "-c", program, str(store.directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        store.remove_remains()
        assert list(store.directory.glob(".import-*.part"))
        child.kill()
        child.wait()
    store.remove_remains()
    assert not list(store.directory.iterdir())


def test_nothing_outside_of_the_store_is_removed(
    tmp_path: Path, store: ModelStore, filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "precious"
    outside.mkdir()
    filled(outside, 1.0)
    monkeypatch.chdir(tmp_path)
    for name in (str(outside), "./precious", " precious/", "../precious", "../models/../precious"):
        with pytest.raises(ModelError, match="no name of a model"):
            store.remove(name)
    for name in (".", "..", " .. ", "~"):
        with pytest.raises(ModelError, match="no name of a model"):
            store.remove(name)
    for name in ("precious", "", " "):
        with pytest.raises(ModelError, match="no model named"):
            store.remove(name)
    (store.directory / "linked").symlink_to(outside)
    store.remove("linked")
    assert not (store.directory / "linked").is_symlink()
    assert not list(store.directory.glob(".*.part"))
    assert {file.name for file in outside.iterdir()} == {"config.json", "tokenizer.json", "model.safetensors"}
