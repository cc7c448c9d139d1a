"""`writer alternatives` with the real starter, and with a small model that writes Chinese."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.fakes import small_masked, small_models
from writer.cli import main
from writer.text.characters import is_han


def ask(text: str, monkeypatch: pytest.MonkeyPatch, *options: str) -> int:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8"))
    return main(["alternatives", *options])


def test_both_sides_count(
    starter: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask("She opened the [MASK] and walked in.\n", monkeypatch, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    words = [word["text"] for word in report["alternatives"]]
    assert words[0] == "door"
    assert "box" not in words[:5]
    assert report["language"] == "en"
    assert ask("She opened the [MASK] and took out a letter.\n", monkeypatch) == 0
    assert "door" not in capsys.readouterr().out.splitlines()[0]


def test_chinese_gets_chinese_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = small_models.make_gpt2(tmp_path / "small")
    assert ask("今天天气[MASK]，我们去公园散步。", monkeypatch, "--json", "--model", str(folder)) == 0
    report = json.loads(capsys.readouterr().out)
    words = [word["text"] for word in report["alternatives"]]
    assert words
    assert all(1 <= len(word) <= 4 and all(map(is_han, word)) for word in words)
    assert report["language"] == "zh"


def test_a_text_without_a_mark_is_no_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask("She opened the door.", monkeypatch) == 2
    assert "[MASK], once" in capsys.readouterr().err


def test_an_installed_masked_model_finds_the_word_and_does_not_write(
    own_folders: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = small_masked.make_bert(tmp_path / "bert")
    assert (
        main(["models", "import", str(folder), "--language", "en", "--language", "zh", "--no-measure"]) == 0
    )
    for text, word in (("she opened the [MASK] and walked in.", "door"), ("老师说这个苹果[MASK]甜。", "很")):
        capsys.readouterr()
        assert ask(text, monkeypatch, "--json") == 0
        report = json.loads(capsys.readouterr().out)
        assert report["model"] == "bert"
        assert report["alternatives"][0]["text"] == word
        assert report["alternatives"][0]["share"] > 0.5
    assert main(["complete", "--model", "bert"]) == 2
    assert "choose another model" in capsys.readouterr().err
    assert main(["models", "use", "bert"]) == 2
    assert "choose another model" in capsys.readouterr().err
