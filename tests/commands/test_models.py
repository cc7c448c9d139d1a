"""`writer models` in a real process: what it prints, its exit status, one sentence for what is wrong."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.fakes.hub_server import Fault, HubServer, Repository
from tests.fakes.small_models import make_gpt2, make_xlnet
from writer import cli
from writer.app.models.model_selection import model_preferences
from writer.base import paths
from writer.engine import loading
from writer.models.selection import ModelPreferences
from writer.models.store import ModelStore
from writer.settings.store import FILE_NAME, SettingsStore

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str | Path, status: int = 0) -> subprocess.CompletedProcess[str]:
    result = subprocess.run(
        [sys.executable, "-m", "writer", "models", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == status, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    return result


def run_json(*arguments: str | Path) -> Any:
    return json.loads(run(*arguments, "--json").stdout)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_gpt2(tmp_path_factory.mktemp("small") / "small", steps=1)


@pytest.fixture
def server(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with HubServer().running() as running:
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        running.repositories["someone/small"] = Repository(files, language=["zh"])
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        yield running


def now() -> ModelPreferences:
    return model_preferences(SettingsStore(paths.config_dir() / FILE_NAME))


def test_a_model_from_getting_to_removing(server: HubServer) -> None:
    got = run_json("get", "someone/small")
    assert (got["model"], got["licence"]) == ("someone--small", "cc0-1.0")
    assert got["token_ms"] > 0
    assert run_json("get", "someone/small", "--no-measure")["token_ms"] == got["token_ms"]
    (line,) = [line for line in run_json("list") if line["state"] == "here"]
    assert (line["id"], line["languages"], line["used"]) == ("someone--small", ["zh"], ["zh"])
    assert line["measured"]["token_ms"] == got["token_ms"]
    assert "ms a token" in run("list").stdout
    assert run_json("use", "someone--small")["languages"] == ["zh"]
    assert now() == ModelPreferences(chinese="someone--small")
    run("use", "someone--small", "--for", "en")
    assert now().english == "someone--small"
    assert run_json("remove", "someone--small") == {"removed": "someone--small"}
    assert now() == ModelPreferences()  # a setting with its name would be an error of all that writes
    assert [line["state"] for line in run_json("list") if line["id"] == "someone--small"] == []


def test_a_stopped_download_is_listed_and_removed(server: HubServer) -> None:
    server.fail("model.safetensors", Fault(cut=500), *[Fault(status=404)] * 9)
    assert "no such model" in run("get", "someone/small", status=2).stderr
    (line,) = [line for line in run_json("list") if line["state"] == "stopped"]
    assert line["name"] == "someone/small"
    assert 0 < line["done"] < line["bytes"]
    assert "stopped at" in run("list").stdout
    run("remove", "someone/small")
    assert not [line for line in run_json("list") if line["state"] == "stopped"]


def test_a_folder_goes_out_and_comes_in(folder: Path, tmp_path: Path) -> None:
    assert run_json("import", folder, "--language", "en", "--no-measure")["model"] == "small"
    run("export", "small", tmp_path / "gift.zip")
    taken = run_json("import", tmp_path / "gift.zip", "--name", "second", "--no-measure")
    assert taken["model"] == "second"
    assert run_json("measure", "second")["first_ms"] > 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["get", "nothing"], "No model is called"),
        (["get", "a/b", "--endpoint", "here"], "no address of a hub"),
        (["use", "nothing"], "no model named"),
        (["remove", "nothing"], "no model named"),
        (["export", "nothing", "x"], "no model named"),
        (["measure", "nothing"], "no model named"),
        (["import", "nowhere"], "No such file"),
    ],
)
def test_bad_input_is_one_sentence(arguments: list[str], sentence: str) -> None:
    error = run(*arguments, status=2).stderr
    assert sentence in error
    assert error.count("\n") == 1


def test_a_model_named_by_a_relative_path_is_found_from_everywhere(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    assert cli.main(["models", "use", "./small", "--for", "en"]) == 0
    assert now().english == str(folder)
    assert cli.main(["models", "import", "./small", "--name", "mine", "--no-measure"]) == 0
    monkeypatch.chdir(paths.models_dir())
    assert cli.main(["models", "use", "../models/mine", "--for", "en"]) == 0
    assert now().english == "mine"


@pytest.mark.parametrize("more", [[], ["--no-measure"]])
def test_a_model_that_contradicts_itself_is_not_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    odd = make_xlnet(tmp_path / "odd")
    assert cli.main(["models", "import", str(odd), *more]) == 2
    assert "The model odd contradicts itself" in capsys.readouterr().err
    assert ModelStore(paths.models_dir()).models() == ()


def _without_a_norm(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    del weights["transformer.ln_f.weight"]
    save_file(weights, folder / "model.safetensors")


def _as_type(kind: type[np.generic]) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        weights = load_file(folder / "model.safetensors")
        save_file({name: array.astype(kind) for name, array in weights.items()}, folder / "model.safetensors")

    return change


def _with_what_is_no_number(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    weights["transformer.h.0.mlp.c_fc.weight"] += np.inf
    save_file(weights, folder / "model.safetensors")


def _of_few_positions(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps(config | {"n_positions": -5}), "utf-8")


@pytest.mark.parametrize("more", [[], ["--no-measure"]])
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_without_a_norm, "lack 'transformer.ln_f.weight'"),
        (_with_what_is_no_number, "answers with what is no number"),
        (_of_few_positions, "n_positions"),
        (_as_type(np.int32), "are of the type I32, which Writer does not read"),
        (lambda folder: (folder / "tokenizer.json").write_text("{"), "list of words"),
    ],
)
def test_a_model_that_cannot_be_loaded_is_not_kept(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[Path], object],
    sentence: str,
    more: list[str],
) -> None:
    odd = shutil.copytree(folder, tmp_path / "odd")
    change(odd)
    assert cli.main(["models", "import", str(odd), *more]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert str(paths.models_dir()) not in error
    assert ModelStore(paths.models_dir()).models() == ()
    assert cli.main(["models", "import", str(folder), "--name", "odd", "--no-measure"]) == 0


def test_a_model_that_this_machine_has_no_room_for_is_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(loading.memory_estimate, "why_too_large", lambda *_: "It is too large.")
    assert cli.main(["models", "import", str(folder), "--no-measure"]) == 2
    assert "It is too large." in capsys.readouterr().err
    assert [model.id for model in ModelStore(paths.models_dir()).models()] == ["small"]
    assert cli.main(["models", "measure", "small", "--json"]) == 2
    assert "refused" not in capsys.readouterr().out


def test_an_imported_model_with_a_name_of_the_catalogue_is_no_download(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["models", "import", str(folder), "--name", "distilgpt2", "--no-measure"]) == 0
    capsys.readouterr()
    assert cli.main(["models", "list", "--json"]) == 0
    (line,) = [line for line in json.loads(capsys.readouterr().out) if line["id"] == "distilgpt2"]
    assert (line["source"], line["about"]) == (str(folder), "")


def test_the_list_says_which_models_are_slower(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = shutil.copytree(folder, tmp_path / "other")
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps(config | {"scale_attn_weights": False}))
    for source in (folder, other):
        assert cli.main(["models", "import", str(source), "--no-measure"]) == 0
    capsys.readouterr()
    assert cli.main(["models", "list"]) == 0
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "slower way" in rows["other"]
    assert "slower way" not in rows["small"]
    assert cli.main(["models", "list", "--json"]) == 0
    slow = {line["id"]: line["slow"] for line in json.loads(capsys.readouterr().out)}
    assert "its attention scales are changed" in slow["other"]
    assert slow["small"] == ""


def test_the_path_of_a_folder_removes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    for name in (str(folder), "./small", "../" + folder.parent.name + "/small"):
        assert cli.main(["models", "remove", name]) == 2
    assert (folder / "model.safetensors").is_file()


def test_output_that_nobody_reads_to_the_end() -> None:
    command = f"'{sys.executable}' -m writer models list | head -c 1"
    result = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stderr == ""
    assert os.environ["XDG_DATA_HOME"]
