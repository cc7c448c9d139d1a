"""`writer train` from a folder to a model that writes: a real process, a real small model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.training.sample_folders import events, only, train
from writer.base import paths
from writer.engine import loading
from writer.engine.protocol import Parameters
from writer.models import calibrations
from writer.models.store import ModelStore
from writer.settings.schema import MODEL_NAME
from writer.settings.store import FILE_NAME, SettingsStore
from writer.suggestions.context import Context
from writer.suggestions.gate import LEVELS
from writer.training import events as job

FAST = ("--rate", "1e-2", "--characters", "300")


def test_a_model_learns_and_is_proven(gpt2: Path, texts: Path) -> None:
    done = train(texts, "--base", gpt2, "--method", "full", "--max-steps", "30", *FAST, "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    told = events(done.stdout)

    planned = only(job.Planned, told)
    assert isinstance(planned, job.Planned)
    assert (planned.method, planned.device) == ("full", "cpu")
    assert planned.trained == planned.parameters
    assert planned.why

    losses = [event.loss for event in told if isinstance(event, job.StepFinished)]
    assert min(losses) < losses[0] / 4  # the last step may have read what the base wrote
    assert any(event.samples for event in told if isinstance(event, job.Validated))

    compared = only(job.Compared, told)
    assert isinstance(compared, job.Compared)
    assert compared.personal["perplexity"]["value"] < compared.base["perplexity"]["value"] / 2
    assert compared.personal["keystrokes_saved"]["value"] > compared.base["keystrokes_saved"]["value"]
    assert compared.general["personal"] > compared.general["base"]  # it forgets some of the rest
    assert not compared.better
    assert compared.overlap is not None
    assert compared.overlap > 0.9  # all is made of four sentences
    assert "prove nothing" in str(compared.why)

    published = told[-1]
    assert isinstance(published, job.Published)
    assert (published.model, published.live) == ("personal-1", False)
    assert SettingsStore(paths.config_dir() / FILE_NAME).get(MODEL_NAME) == ""
    assert not list((paths.data_dir() / "training").iterdir())

    measured = calibrations.read(Path(published.path))["en"]
    assert set(measured.right) == {level.name for level in LEVELS}
    assert measured.calibration.curves
    _writes(Path(published.path))
    _loads_in_plain_transformers(Path(published.path))
    record = json.loads((Path(published.path) / "training.json").read_text("utf-8"))
    assert record["figures"]["personal"]["perplexity"] == compared.personal["perplexity"]
    assert ModelStore(paths.models_dir()).find("personal-1").manifest.base == gpt2.name
    assert [f for f in Path(published.path).iterdir() if f.is_file() and f.stat().st_mode & 0o077] == []


def _writes(folder: Path) -> None:
    engine = loading.load(folder, "cpu")
    tokens = engine.continue_text(Context("The quick bro"), Parameters(max_tokens=8), lambda: False)
    assert b"".join(token.text for token in tokens).startswith(b"wn fox jumps")
    engine.close()


def _loads_in_plain_transformers(folder: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder)
    given = tokenizer("The quick", return_tensors="pt")
    found = model.generate(**given, max_new_tokens=6, do_sample=False, pad_token_id=0)
    assert tokenizer.decode(found[0]).startswith("The quick brown fox")


@pytest.mark.parametrize(("count", "words"), [(0, "no text to learn from"), (1, "too little text")])
def test_too_little_text_is_one_sentence(gpt2: Path, tmp_path: Path, count: int, words: str) -> None:
    for place in range(count):
        (tmp_path / f"{place}.txt").write_text("Not much is said in this letter. " * 10)
    done = train(tmp_path, "--base", gpt2, "--json")
    assert done.returncode == 2
    (failed,) = (event for event in events(done.stdout) if isinstance(event, job.TrainingFailed))
    assert words in str(failed.sentence)
    assert done.stderr == f"writer: {failed.sentence}\n"
    assert not list((paths.data_dir() / "training").iterdir())
