"""The command line as people use it: real processes, results on standard output, a sentence for bad input."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes import small_models
from writer import __version__
from writer.models.selection import DEFAULT_MODEL


def writer(*arguments: str, text: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "writer", *arguments],
        input=text,
        capture_output=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_models.make_gpt2(tmp_path_factory.mktemp("cli") / "small-gpt2")


def test_complete_continues_standard_input(model: Path) -> None:
    done = writer("complete", "--model", str(model), "--length", "30", text=b"The quick brown fox jum")
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().startswith("ps over the lazy dog.")
    assert done.stderr == b""


def test_complete_as_json_says_what_it_cost(model: Path) -> None:
    done = writer(
        "complete", "--model", str(model), "--json", "--length", "4", text="今天天气很好，".encode()
    )
    answer = json.loads(done.stdout)
    assert answer["text"]
    assert "我们去公园散步。".startswith(answer["text"])
    assert len(answer["tokens"]) <= 4
    assert all(token["logprob"] <= 0 for token in answer["tokens"])
    assert 0 < answer["first_token_ms"] <= answer["total_ms"]
    assert answer["reason"] == ""


def test_nothing_to_continue_has_a_reason(model: Path) -> None:
    answer = json.loads(writer("complete", "--model", str(model), "--json", text=b" \n").stdout)
    assert answer["text"] == ""
    assert answer["reason"].endswith(".")


@pytest.mark.starter
def test_the_starter_continues_sensibly(starter: Path) -> None:
    answer = json.loads(writer("complete", "--json", text=b"The key to good writing is").stdout)
    assert answer["model"] == DEFAULT_MODEL
    assert len(answer["text"].split()) >= 5
    assert answer["text"].startswith(" ")


@pytest.mark.starter
@pytest.mark.parametrize(
    ("begun", "rest"), [("We flew from Boston to Philadel", "phia"), ("They live in Califor", "nia")]
)
def test_the_starter_completes_a_begun_word(starter: Path, begun: str, rest: str) -> None:
    assert writer("complete", text=begun.encode()).stdout.decode().startswith(rest)


@pytest.mark.parametrize(
    ("arguments", "text", "words"),
    [
        (("complete", "--model", "no-such-model"), b"x", "no model named"),
        (("complete", "--model", "/nowhere/at/all"), b"x", "check the path"),
        (("complete",), b"\xff\xfe\x00\x80", "UTF-8"),
        (("tour", "--screenshots", "/proc/none"), b"", "cannot be made"),
        (("evaluate", "/nowhere/at/all"), b"", "no file or folder"),
        (("evaluate", ""), b"", "A name is empty"),
        (("models", "import", " "), b"", "A name is empty"),
        (("models", "export", "small", ""), b"", "A name is empty"),
        (("models", "get", "small", "--file", ""), b"", "A name is empty"),
        (("tour", "--screenshots", ""), b"", "A name is empty"),
        (("",), b"", "A name is empty"),
        (("train", ""), b"", "Name the folder that holds your texts"),
        (("train", "", "--preview"), b"", "Name the folder that holds your texts"),
        (("train", "/", "--preview"), b"", "nothing was read"),
        (("train", "/", "--json"), b"y\n", "nothing was read"),
        (("complete", "--model", "~nobody-of-this-name/a"), b"x", "no model folder ~nobody"),
    ],
)
def test_bad_input_is_one_sentence_and_status_two(
    arguments: tuple[str, ...], text: bytes, words: str
) -> None:
    done = writer(*arguments, text=text)
    assert done.returncode == 2
    complaint = done.stderr.decode()
    assert words in complaint
    assert complaint.startswith("writer: ")
    assert complaint.count("\n") == 1
    assert done.stdout == b""


@pytest.mark.parametrize("damage", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_damaged_model_is_one_sentence(model: Path, tmp_path: Path, damage: str) -> None:
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"{" if name == damage else (model / name).read_bytes())
    done = writer("complete", "--model", str(tmp_path), text=b"x")
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1
    assert "Traceback" not in done.stderr.decode()


def test_help_and_version() -> None:
    assert b"complete" in writer("--help").stdout
    assert writer("--version").stdout.decode().strip() == f"writer {__version__}"
    assert writer("complete", "--bogus").returncode == 2
