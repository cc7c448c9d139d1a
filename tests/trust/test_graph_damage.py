"""The row of damaged graphs made small, and what it must see."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.trust import graph_damage


def test_damaged_graphs_change_no_word_and_one_that_does_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    figure = graph_damage.damaged(1, 0.0)
    assert figure.passed, figure.text
    answers = iter(["whole", "without the prefill graph", "other", "whole"])
    monkeypatch.setattr(graph_damage, "answer", lambda _folder: next(answers))

    def fake(folder: Path) -> Path:
        graph = folder / ".writer/int8-1/reading.onnx"
        graph.parent.mkdir(parents=True)
        graph.write_bytes(b"x" * 30)
        return folder

    monkeypatch.setattr(graph_damage, "make_model", fake)
    figure = graph_damage.damaged(1, 0.0)
    assert not figure.passed
    assert "2 mutants of 1 files, 1 bad" in figure.text
