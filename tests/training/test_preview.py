"""`writer train --preview`: what would be learned and what it would take, and nothing is left behind."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from tests.training.sample_folders import events, make_texts, only, train
from writer.base import paths
from writer.corpus import build
from writer.corpus.private_cache import corpus_cache
from writer.corpus.scan import scan
from writer.training import events as job
from writer.training.plan import Plan
from writer.training.preview import duration
from writer.training.timing.estimates import seconds_beside_fit


def test_all_of_a_folder_is_told_before_anything_runs(gpt2: Path, tmp_path: Path) -> None:
    texts = make_texts(tmp_path / "letters", 6, 8)
    build.mark_trained(texts, scan(texts).snapshot(), corpus_cache())
    first, second = sorted(texts.iterdir())[:2]
    first.rename(texts / "2024-02-01-renamed.txt")
    second.write_text(f"{second.read_text()}\n\nMy password is hunter2-and-more. He left.\n")
    (texts / "溪.md").write_text("小溪从山上流下来，绕过村子，流进了湖里。" * 30)
    (texts / "溪2.txt").write_text((texts / "溪.md").read_text())
    (texts / "broken.docx").write_bytes(b"PK\x03\x04 nothing")
    (texts / "code.py").write_text("pass")

    done = train(texts, "--base", gpt2, "--preview", "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    told = events(done.stdout)
    assert {e.stage for e in told[:-1]} == {"scanning", "reading", "cleaning", "packing", "measuring"}
    seen = only(job.Previewed, told)
    assert isinstance(seen, job.Previewed)
    assert seen.kinds == {"txt": 6, "md": 1}
    assert set(seen.languages) == {"en", "zh"}
    assert seen.languages["zh"] == {"documents": 1, "words": 510, "characters": 600}
    assert seen.changes == {"new": 4, "changed": 1, "gone": 1}
    assert seen.secrets == {"password": 1}
    assert seen.others == {".py": 1}
    refused = {one["name"]: (one["reason"], one["other"]) for one in seen.refusals}
    assert refused == {"broken.docx": ("damaged", ""), "溪2.txt": ("same", "溪.md")}
    assert seen.tokens > 2_000
    assert seen.overlap > 0.9  # all is made of four sentences
    assert 0 < seen.proof_texts < 8
    assert 0 < seen.seconds[0] < seen.seconds[1]
    assert 0 < seen.memory < seen.free
    assert not list(paths.data_dir().glob("training/*"))
    assert job.load(json.dumps(json.loads(done.stdout.splitlines()[-1]))) == seen


def test_too_little_text_is_seen_all_the_same_and_fails(gpt2: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    (tmp_path / "note.txt").write_text("Not much is said in this letter. " * 10)
    (tmp_path / "old.doc").write_bytes(b"x")
    done = train(tmp_path, "--base", gpt2, "--preview")
    assert done.returncode == 1
    assert "In English" not in done.stdout
    assert "English: 1 with 70 words" in done.stdout
    assert (
        "  old.doc: It cannot be read here; open it in its own program and export it as .docx." in done.stdout
    )
    assert "at least 1,500 are needed" in done.stdout
    assert "Too few texts for a verdict" not in done.stdout  # nothing would be learned
    assert " writer.training.preview" in done.stderr
    assert " torch\n" not in done.stderr  # two seconds


@pytest.mark.parametrize("name", ["my diary.txt", "-diary of 2024.txt"])
def test_a_file_with_a_blank_in_its_name_is_left_out(gpt2: Path, tmp_path: Path, name: str) -> None:
    for other in ("my.txt", "diary.txt", "2024.txt"):
        (tmp_path / other).write_text(
            f"This is {other}. The stream runs past the village into the lake. " * 9
        )
    (tmp_path / name).write_text("小溪从山上流下来，绕过村子，流进了湖里。" * 30)
    for left_out, kinds in ((name, {"txt": 3}), ("a diary.txt", {"txt": 4})):
        done = train(tmp_path, "--base", gpt2, "--preview", "--json", f"--exclude={left_out}")
        assert only(job.Previewed, events(done.stdout)).kinds == kinds


def test_the_time_is_a_range_around_the_steps(gpt2: Path) -> None:
    plan = Plan("lora", window=256, sequences=4, batch=4, steps=100, rate=1e-3, validate_every=17)
    beside = partial(seconds_beside_fit, plan, 0, 12_000, 32)
    least, most = duration(plan, 0.5, "cpu", beside)
    learning, proof = 100 * 4 * 0.5, 12_000 * 0.02 * 0.5
    rehearsal = beside(0.5) - proof
    assert 32 * 0.5 < rehearsal < 2 * 32 * 0.5
    others = rehearsal + proof
    assert 0.6 * learning + others < least < learning + others < most
    assert duration(plan, 1.0, "cpu", beside) == pytest.approx((2 * least, 2 * most))


def test_steps_with_a_limit_take_no_longer_than_that() -> None:
    plan = Plan("lora", 256, 4, 4, steps=100, rate=1e-3, validate_every=17, seconds=250.0, most_steps=300)
    assert duration(plan, 0.5, "cpu")[1] == 250.0
    assert duration(plan, 0.5, "cpu", lambda _sequence: 10.0)[1] == 266.0
    assert duration(plan, 0.1, "cpu")[1] < 250.0
