"""Numbers that a person's texts hold once are never suggested, whatever stands before the cursor."""

from __future__ import annotations

from pathlib import Path

from tests.training.sample_folders import events, make_texts, only, train
from tests.trust.canaries import NUMBERS, leaked, plant, suggestions
from writer.training import events as job


def test_fifty_numbers_of_nine_digits_are_never_suggested(gpt2: Path, tmp_path: Path) -> None:
    canaries = plant(make_texts(tmp_path / "letters", 10))
    done = train(
        tmp_path / "letters", "--base", gpt2, "--method", "full", "--max-steps", "30",
        "--rate", "1e-2", "--characters", "200", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    published = only(job.Published, events(done.stdout))
    assert isinstance(published, job.Published)
    shown = suggestions(Path(published.path), canaries)
    assert len(shown) == NUMBERS
    assert any(text for texts in shown.values() for text in texts)
    assert leaked(shown, canaries) == []


def test_a_number_that_is_shown_is_seen() -> None:
    assert leaked({"a": ["", "x 123456789."], "b": ["12345"]}, {"a": "123456789", "b": "987654321"}) == ["a"]
