"""`writer evaluate` as people run it, on a small real model."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import torch
from transformers import GPT2LMHeadModel

from tests.fakes.small_models import SENTENCES
from writer.base.errors import UserError
from writer.commands import evaluate as command
from writer.engine import loading
from writer.engine.local_engine import LocalEngine
from writer.evaluation.documents import (
    MIN_CHARACTERS,
    MIN_TEXTS,
    PASSAGE_LENGTH,
    EvaluationDocument,
    draw_passages,
    read_documents,
)
from writer.suggestions.context import Context

TEXT = " ".join(SENTENCES[:4]) * 3


def evaluate(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "writer", "evaluate", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    for n in range(3):
        (folder / f"2025-01-0{n}_note-{n}.txt").write_text(TEXT[n:], encoding="utf-8")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    (folder / "broken.txt").write_bytes(b"\xff\xfe\xfa" * 200)
    return folder


def test_it_reports_and_can_be_repeated(texts: Path, gpt2: Path) -> None:
    first = evaluate(texts, "--model", gpt2, "--limit", "120", "--seed", "4", "--json")
    assert first.returncode == 0, first.stderr
    found = json.loads(first.stdout.splitlines()[-1])
    for name in (
        "keystrokes_saved",
        "precision",
        "coverage",
        "perplexity",
        "bits_per_character",
        "latency_p95",
    ):
        assert found[name]["low"] <= found[name]["value"] <= found[name]["high"], name
    assert found["keystrokes_saved"]["value"] > 0.3
    assert found["characters"] == 120
    assert set(found["levels"]) == {"sure", "careful", "balanced", "often", "always"}
    assert found["levels"]["sure"]["coverage"]["value"] <= found["levels"]["always"]["coverage"]["value"]
    assert found["levels"]["sure"]["refused"]["value"] <= found["levels"]["always"]["refused"]["value"]
    assert found["net_seconds_60_0.5"]["value"] < found["net_seconds_40_0.3"]["value"]
    claims = found["calibration"]
    assert claims
    assert all(one["low"] <= one["claimed"] <= one["high"] for one in claims)
    assert "Claimed against right" in first.stdout
    ElementTree.parse(found["picture"])
    assert "Keystrokes saved" in first.stdout
    assert first.stdout.startswith("3 texts, 120 characters")
    assert "for these texts alone" in first.stdout

    again = json.loads(
        evaluate(texts, "--model", gpt2, "--limit", "120", "--seed", "4", "--json").stdout.splitlines()[-1]
    )
    timed = {"seconds", "cpu_seconds", *(name for name in found if "latency" in name)}
    assert {k: v for k, v in again.items() if k not in timed} == {
        k: v for k, v in found.items() if k not in timed
    }


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing.txt", None),
        ("empty.txt", b""),
        ("short.txt", b"Too short."),
        ("latin1.txt", b"caf\xe9 " * 100),
    ],
)
def test_bad_input_is_one_sentence(tmp_path: Path, gpt2: Path, name: str, content: bytes | None) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    result = evaluate(path, "--model", gpt2)
    assert result.returncode == 2
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.stderr


def test_an_unknown_model_is_one_sentence(texts: Path) -> None:
    result = evaluate(texts, "--model", "no-such-model")
    assert result.returncode == 2
    assert len(result.stderr.strip().splitlines()) == 1


def test_passages_are_drawn_by_the_seed_and_never_overlap() -> None:
    documents = [EvaluationDocument(f"{n}.txt", "x" * (MIN_CHARACTERS + 1_700 * n)) for n in range(4)]
    drawn = draw_passages(documents, 6_000, 1)
    assert drawn == draw_passages(list(reversed(documents)), 6_000, 1)
    assert drawn != draw_passages(documents, 6_000, 2)
    assert sum(s.end - s.start for s in drawn) == 6_000
    assert len({s.name for s in drawn[:4]}) == 4
    for name in {s.name for s in drawn}:
        places = sorted((s.start, s.end) for s in drawn if s.name == name)
        assert all(a[1] <= b[0] for a, b in pairwise(places))
    assert all(s.end - s.start <= PASSAGE_LENGTH for s in drawn)


def test_eight_texts_are_drawn_from_where_there_are_as_many() -> None:
    documents = [EvaluationDocument(f"{n}.txt", "x" * 9_000) for n in range(68)]
    drawn = draw_passages(documents, 2_000, 0)
    assert len({passage.name for passage in drawn}) == MIN_TEXTS
    assert {passage.end - passage.start for passage in drawn} == {250}


def test_all_there_is_is_drawn_where_the_limit_is_higher() -> None:
    drawn = draw_passages([EvaluationDocument("a.txt", "x" * 2_300)], 1_000_000, 0)
    assert sum(s.end - s.start for s in drawn) >= 2_000


def test_what_is_no_text_is_passed_over_in_folders(texts: Path) -> None:
    assert len(read_documents([texts])) == 3
    with pytest.raises(UserError, match="UTF-8"):
        read_documents([texts / "broken.txt"])


def test_a_text_that_is_named_twice_or_copied_counts_once(texts: Path) -> None:
    shutil.copy(texts / "2025-01-00_note-0.txt", texts / "copy.txt")
    found = read_documents([texts / "2025-01-01_note-1.txt", texts, texts / ".." / texts.name])
    assert [Path(document.name).name for document in found] == [
        "2025-01-01_note-1.txt",
        "2025-01-00_note-0.txt",
        "2025-01-02_note-2.txt",
    ]


def test_a_folder_that_goes_while_texts_are_listed_is_passed_over(
    texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = texts / "inner"
    inner.mkdir()
    (inner / "later.txt").write_text(TEXT)
    scandir = os.scandir

    def goes(path: Any = ".") -> Any:
        if not isinstance(path, int) and Path(path) == inner:
            shutil.rmtree(inner)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", goes)
    assert len(read_documents([texts])) == 3
    assert not inner.exists()


def test_the_figures_are_printed_where_the_plot_cannot_be_written(
    texts: Path, gpt2: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "state_dir", lambda: texts / "gone")
    assert command.run([texts], model=str(gpt2), device="cpu", limit=40) == 0
    assert "as a picture" not in capsys.readouterr().out


@pytest.mark.parametrize("behind", ["", SENTENCES[0]])
def test_probabilities_are_those_of_the_model(gpt2: Path, behind: str) -> None:
    text = " " + SENTENCES[1] + " " + SENTENCES[2]
    engine = loading.load(gpt2, precision="float32")
    assert isinstance(engine, LocalEngine)
    found = engine.logprobs(Context(behind), text)
    vocabulary = engine._vocabulary
    engine.close()
    ids = [0, *vocabulary.encode(behind), *vocabulary.encode(text)]
    reference = GPT2LMHeadModel.from_pretrained(gpt2).eval()
    with torch.no_grad():
        logs = torch.log_softmax(reference(torch.tensor([ids])).logits[0].double(), -1)
    expected = [float(logs[i - 1, ids[i]]) for i in range(len(ids) - len(vocabulary.encode(text)), len(ids))]
    assert len(found) == len(expected)
    assert math.isclose(sum(found), sum(expected), rel_tol=1e-3)
