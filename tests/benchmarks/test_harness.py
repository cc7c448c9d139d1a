"""The benchmark's own arithmetic: a figure that is wrong misleads more than none."""

from __future__ import annotations

import gzip
import json
import math
import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks import bench, engine_process, models, peers, report, runs, trace

ENGINES_FOLDER = Path(engine_process.__file__).parent / "engines"

ECHO = """
from adapter import Stepping
import numpy as np

class Echo(Stepping):
    version = "1"

    def __init__(self, folder, threads):
        super().__init__()
        self.seen = []

    def forward(self, ids, past, every):
        self.seen.append((past, len(ids)))
        rows = np.zeros((len(ids) if every else 1, 50), np.float32)
        for row, token in zip(rows, ids if every else ids[-1:]):
            row[(token + 1) % 50] = 5
        return rows

class Dies(Echo):
    def forward(self, ids, past, every):
        raise SystemExit("out of paper")
"""


@pytest.fixture
def echo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module with engines that answer with the next number, importable by the child."""
    (tmp_path / "adapter_echo.py").write_text(ECHO, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def engine_in_a_process(folder: Path, name: str) -> engine_process.EngineProcess:
    return engine_process.EngineProcess(
        Path(sys.executable), f"adapter_echo:{name}", folder, 1, folder / "log"
    )


def test_a_resident_engine_answers_through_its_prefix_cache(echo: Path) -> None:
    engine = engine_in_a_process(echo, "Echo")
    try:
        first = engine.ask("run", ids=[1, 2, 3], new=3)
        assert first["tokens"] == [4, 5, 6]
        assert first["passes"] == 3
        assert 0 < first["first_ms"] <= first["ms"]
        assert engine.ask("verify", ids=[1, 2, 3, 9, 20], count=2)["choices"] == [10, 21]
        assert engine.ask("memory")["peak_mb"] > 1
    finally:
        engine.close()


def test_a_replay_answers_the_newest_key_and_says_when(echo: Path) -> None:
    engine = engine_in_a_process(echo, "Echo")
    schedule = [
        {"at_ms": at, "ids": [at % 40], "ask": ask} for at, ask in ((0, True), (300, True), (600, False))
    ]
    try:
        records = engine.ask("replay", schedule=schedule, new=2)["records"]
    finally:
        engine.close()
    assert [record["key"] for record in records] == [0, 1]
    assert [token for _, token in records[1]["tokens"]] == [21, 22]
    assert all(0 <= ms < 250 for ms, _ in records[1]["tokens"])


def test_an_engine_that_dies_is_named_with_its_last_words(echo: Path) -> None:
    engine = engine_in_a_process(echo, "Dies")
    with pytest.raises(engine_process.EngineFailedError, match="out of paper"):
        engine.ask("run", ids=[1], new=1)
    engine.close()


def test_an_engine_that_is_killed_costs_its_own_rows_only(
    echo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = engine_in_a_process(echo, "Echo")
    os.kill(engine.process, signal.SIGKILL)
    monkeypatch.setattr(runs, "install", lambda *_given: None)
    monkeypatch.setattr(runs, "start", lambda *_given: engine)
    monkeypatch.setattr(models, "find", lambda _name: models.BenchModel("gpt2", echo, echo, 50))
    plan = runs.Plan(["gpt2"], ["writer"], ["warm"], [1], 1, 1, True)
    bench = runs.Run(plan, say=lambda _text: None)
    bench.measure()
    bench.close()
    assert any("memory" in remark for remark in bench.result()["remarks"])


def test_truth_counts_equal_choices_and_likelihoods(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ENGINES_FOLDER))
    fidelity = __import__("fidelity")
    ids = [0, 1, 2, 0, 1]
    logits = np.zeros((5, 3), np.float32)
    logits[np.arange(4), ids[1:]] = 2.0
    own = fidelity.compare(logits, ids, 2, tmp_path / "r.npz")
    expected = math.log(math.exp(2) + 2) - 2
    assert own["scored"] == own["equal"] == 3
    assert own["loss"] == pytest.approx(3 * expected)
    other = logits.copy()
    other[3] = [3.0, 0.0, 0.0]
    worse = fidelity.compare(other, ids, 2, tmp_path / "r.npz")
    assert worse["equal"] == 2
    assert worse["reference_loss"] == pytest.approx(own["loss"])
    assert worse["loss"] > own["loss"]


def test_a_session_becomes_runs_of_keys(tmp_path: Path) -> None:
    events = [
        {"t": 0, "e": "system-initialize", "doc": "Once"},
        {"t": 100, "s": "user", "ops": [{"retain": 4}, {"insert": " "}]},
        {"t": 300, "s": "user", "ops": [{"retain": 5}, {"insert": "a"}]},
        {"t": 350, "s": "user", "ops": [{"retain": 5}, {"delete": 1}]},
        {"t": 400, "s": "api", "ops": [{"retain": 5}, {"insert": "upon a time"}]},
        {"t": 900, "s": "user", "ops": [{"retain": 2}, {"insert": "!"}]},
    ]
    file = tmp_path / "one.jsonl.gz"
    with gzip.open(file, "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(event) + "\n" for event in events)
    first, second = trace.runs_of_keys(file)
    assert [(key.typed, key.before) for key in first] == [(" ", "Once "), ("a", "Once a"), ("", "Once ")]
    assert [(key.typed, key.before) for key in second] == [("!", "On!")]


def test_a_ghost_counts_when_it_came_before_the_next_key() -> None:
    keys = [trace.Key(at, "x", "") for at in (0.0, 100.0, 200.0, 300.0, 400.0)]
    answer = {
        "records": [
            {"key": 0, "tokens": [[50.0, 1], [90.0, 2]]},
            {"key": 1, "tokens": [[50.0, 1], [130.0, 2]]},
            {"key": 2, "walked": True, "tokens": []},
            {"key": 3, "tokens": [], "whole_ms": 60.0},
        ],
        "passes": 4,
        "cpu_seconds": 0.5,
    }
    score = trace.Score()
    score.add(keys, answer, {1: "Ġwell", 2: "Ġdone"}, 2)
    row = score.row()
    assert row["wholes_in_time"] == 75
    assert row["words_in_time"] == 75
    assert row["walked"] == row["silent"] == 25
    assert row["whole_p50_ms"] == 90
    assert row["whole_p95_ms"] == 130
    assert row["cpu_s_per_1000"] == 100


def test_the_table_and_the_file_keep_what_an_earlier_run_measured(tmp_path: Path) -> None:
    def result(engine: str, ms: float) -> dict[str, object]:
        row = {"model": "m", "workload": "warm", "engine": engine, "threads": 2, "peak_mb": 7}
        return {"machine": "here", "rows": [row | runs.spread([ms, ms + 2, ms + 40])], "remarks": ["no peer"]}

    file = tmp_path / "bench.json"
    report.write(result("old", 10.0), file)
    report.write(report.merged(result("new", 20.0), file), file)
    both = report.merged(result("new", 50.0), file)
    assert [(row["engine"], row["median_ms"]) for row in both["rows"]] == [("old", 12.0), ("new", 52.0)]
    text = report.table(both)
    assert "52 [50-90]" in text
    assert "12.0 [10-50]" in text
    assert "! no peer" in text


def test_the_interval_of_a_median_is_that_of_its_ranks() -> None:
    values = [float(n) for n in range(1, 25)]
    assert runs.median_interval(values) == (7.0, 18.0)
    assert runs.median_interval([5.0, 3.0, 4.0, 1.0, 2.0, 9.0]) == (1.0, 9.0)
    assert runs.median_interval([2.0, 8.0, 3.0]) == (2.0, 8.0)


def test_one_table_shows_all_that_an_engine_did() -> None:
    same = {"model": "starter", "threads": 2, "engine": "one", "peak_mb": 230}
    timed = {"warm": 100.0, "cold": 700.0}
    rows = [same | {"workload": name} | runs.spread([ms] * 9) for name, ms in timed.items()]
    rows.append(same | {"workload": "truth", "top1": 97.25, "perplexity_ratio": 1.004})
    replayed = {"wholes_in_time": 88.0, "words_in_time": 99.0, "cpu_s_per_1000": 14.5}
    rows += [{**same, "engine": name, "workload": "trace", **replayed} for name in ("one", "two")]
    _, _, _, one, two = report.summary(rows)
    shown = "one 100 [100-100] 700 [700-700] 230 88.0 99.0 14.5 97.2 +0.40"
    assert " ".join(one.split()) == f"starter, 2 threads: {shown}"
    assert " ".join(two.split()) == "starter, 2 threads: two 88.0 99.0 14.5"


def test_an_unknown_engine_is_refused_with_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        bench.main(["--engines", "abacus"])
    assert end.value.code == 2
    assert "no engine 'abacus'" in capsys.readouterr().err


def test_what_is_missing_or_cannot_be_installed_costs_its_own_rows_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(engine: peers.Engine, say: object) -> None:
        if engine.home:
            raise engine_process.EngineFailedError("no network")

    monkeypatch.setattr(runs, "install", refuse)
    monkeypatch.setattr(models, "SHARED", tmp_path / "nothing")
    plan = runs.Plan(["starter"], ["llama8"], ["warm"], [1], 1, 1, True)
    run = runs.Run(plan, say=lambda text: None)
    monkeypatch.setattr(models, "find", lambda name: models.held_out_text())
    run.measure()
    refused, missing = run.result()["remarks"]
    assert refused == "llama.cpp Q8_0 could not be installed and has no rows: no network"
    assert "There is no English text" in missing
    assert sum(map(len, models.english_text())) > 4_000


def test_a_converter_that_is_gone_is_told_like_one_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "BUILD", tmp_path)
    with pytest.raises(engine_process.EngineFailedError, match=r"convert failed: .*no-converter"):
        peers._call([str(tmp_path / "no-converter")], "convert")
