"""`writer evaluate A --against B` on a small real model."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.small_models import SENTENCES
from writer.base.errors import UserError
from writer.commands.evaluate_against import first_side, named_side, run
from writer.models.store import ModelStore

LIMIT = 40

Compare = Callable[..., dict[str, Any]]


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    file = tmp_path / "text.txt"
    file.write_text(" ".join(SENTENCES[:4]) * 3, encoding="utf-8")
    return file


@pytest.fixture
def compare(texts: Path, capsys: pytest.CaptureFixture[str]) -> Compare:
    """The printed object of a comparison on a text, and the table before it under "table"."""

    def compared(first: str | Path, against: str) -> dict[str, Any]:
        assert run([Path(first), texts], against, device="cpu", limit=LIMIT, as_json=True) == 0
        *table, last = capsys.readouterr().out.splitlines()
        return {**json.loads(last), "table": table}

    return compared


def test_two_positions_of_one_model(compare: Compare, gpt2: Path) -> None:
    found = compare(f"{gpt2}:always", "sure")
    assert (found["one"], found["other"]) == ("small-gpt2:always", "small-gpt2:sure")
    assert (found["texts"], found["characters"]) == (1, LIMIT)
    coverage = found["figures"]["coverage"]
    assert coverage["difference"]["value"] == pytest.approx(
        coverage["one"]["value"] - coverage["other"]["value"]
    )
    assert coverage["difference"]["value"] >= 0
    assert "bits_per_character" not in found["figures"]
    assert found["table"][0].startswith(f"1 text, {LIMIT} characters")


def test_two_models(compare: Compare, gpt2: Path, tmp_path: Path) -> None:
    other = shutil.copytree(gpt2, tmp_path / "other" / gpt2.name)
    found = compare(gpt2, str(other))["figures"]
    for name in ("keystrokes_saved", "net_seconds_60_0.5", "bits_per_character"):
        assert found[name]["one"] == found[name]["other"], name
        assert found[name]["difference"]["value"] == 0, name
    assert found["latency_p95"]["difference"]["value"] is not None


def test_sides_take_what_they_leave_open(gpt2: Path, texts: Path, tmp_path: Path) -> None:
    models = ModelStore(tmp_path / "models")
    shutil.copytree(gpt2, models.directory / "mine")
    side, rest = first_side(models, [texts], "mine")
    assert (side.name, rest) == ("mine:balanced", [texts])
    side, rest = first_side(models, [Path("often"), texts], "mine")
    assert (side.name, rest) == ("mine:often", [texts])
    assert named_side(models, "sure", side).name == "mine:sure"
    assert named_side(models, str(gpt2), side).name == "small-gpt2:often"
    assert first_side(models, [Path("mine:sure"), texts], "gone")[0].name == "mine:sure"


def test_a_text_that_is_named_like_a_position_is_a_text(
    gpt2: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sure").write_text("x")
    side, rest = first_side(ModelStore(tmp_path), [Path("sure")], str(gpt2))
    assert (side.level.name, rest) == ("balanced", [Path("sure")])


@pytest.mark.parametrize(
    ("first", "against", "why"),
    [
        ("balancd", "sure", "balancd is neither a position"),
        ("", "surely", "surely is neither a position"),
        ("", "balanced", "Both sides are small-gpt2:balanced"),
    ],
)
def test_a_wrong_side_is_one_sentence(gpt2: Path, texts: Path, first: str, against: str, why: str) -> None:
    paths = [Path(first), texts] if first else [texts]
    with pytest.raises(UserError, match=why):
        run(paths, against, model=str(gpt2), device="cpu")


def test_texts_are_needed(gpt2: Path) -> None:
    with pytest.raises(UserError, match="Name texts behind sure"):
        run([Path("sure")], "careful", model=str(gpt2), device="cpu")
