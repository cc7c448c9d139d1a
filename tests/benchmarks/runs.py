"""One run of the benchmark: starts the engines, visits them in turn, keeps what they said."""

from __future__ import annotations

import contextlib
import math
import os
import platform
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks import fidelity, machine_load, models, trace, window, workloads
from tests.benchmarks.engine_process import EngineFailedError, EngineProcess
from tests.benchmarks.peers import ENGINES, Engine, install, start

NOISE = 0.12
"""Processors that others may use during a visit before it is repeated."""

TRIES = 2
Row = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What to measure."""

    models: list[str]
    engines: list[str]
    workloads: list[str]
    threads: list[int]
    rounds: int
    excerpts: int
    quick: bool
    waits: bool = True
    """Whether it waits for others to leave the processors alone, and repeats a visit where they did not."""


@dataclass
class _Seat:
    """One engine in one setting, and all it has shown so far."""

    engine: Engine
    resident: EngineProcess
    typist: workloads.Typist
    times: dict[str, list[float]] = field(default_factory=dict)
    noise: list[float] = field(default_factory=list)
    peak_mb: float = 0.0


class Run:
    """Collects rows; whatever fails becomes a remark and the run goes on."""

    def __init__(self, plan: Plan, say: Callable[[str], None]) -> None:
        self._plan = plan
        self._say = say
        self._seats: list[_Seat] = []
        self._rows: list[Row] = []
        self._remarks: list[str] = []
        self._engines: list[Engine] = []

    def measure(self) -> None:
        """Everything that the plan names and this machine has."""
        timed = [name for name in self._plan.workloads if name in workloads.ALL]
        scored = {"truth", "trace"} & set(self._plan.workloads)
        wanted = [name for name in self._plan.models if timed or (scored and name != "gpt2")]
        if wanted:
            self._install_all()
        for name in wanted:
            with self._without():
                model = models.find(name)
                for threads in self._plan.threads:
                    self._measure_model(model, threads, timed)
        with self._without():
            self._rows.extend(window.measure(self._plan.workloads, self._plan.quick, self._say, self._remark))

    def close(self) -> None:
        """End all engines."""
        while self._seats:
            self._seats.pop().resident.close()

    def result(self) -> dict[str, Any]:
        """What goes into the file."""
        return {"machine": machine(), "rows": self._rows, "remarks": self._remarks}

    @contextlib.contextmanager
    def _without(self) -> Iterator[None]:
        """A model or a text that is missing costs its own rows only."""
        try:
            yield
        except models.MissingError as error:
            self._remark(str(error))

    def _install_all(self) -> None:
        """The engines that are wanted and can be installed."""
        for engine in ENGINES:
            if engine.key in self._plan.engines:
                try:
                    install(engine, self._say)
                    self._engines.append(engine)
                except EngineFailedError as error:
                    self._remark(f"{engine.name} could not be installed and has no rows: {error}")

    def _measure_model(self, model: models.BenchModel, threads: int, timed: list[str]) -> None:
        scores: dict[str, Row] = {}
        try:
            self._seat_all(model, threads)
            self._time(model, threads, timed)
            for seat in self._seats:
                self._ask_memory(seat)
            if threads == self._plan.threads[0]:
                if "truth" in self._plan.workloads and model.name != "gpt2":
                    with self._without():
                        self._truth(model, scores)
                if "trace" in self._plan.workloads and model.name == "starter":
                    with self._without():
                        self._trace(model, threads)
        finally:
            for seat in self._seats:
                self._add_rows(seat, model.name, threads, scores.get(seat.engine.key, {}))
            self.close()

    def _time(self, model: models.BenchModel, threads: int, timed: list[str]) -> None:
        for number in range(self._plan.rounds if timed else 0):
            self._say(f"{model.name}, {threads} threads: round {number + 1} of {self._plan.rounds}")
            for seat in self._in_turn(number):
                for name in timed if not (seat.engine.truth_only or seat.engine.trace_only) else []:
                    self._visit(seat, name)

    def _seat_all(self, model: models.BenchModel, threads: int) -> None:
        for engine in self._engines:
            self._say(f"{model.name}, {threads} threads: starting {engine.name}")
            try:
                resident = start(engine, model, threads, self._say)
            except EngineFailedError as error:
                self._remark(f"{engine.name} does not run {model.name}: {error}")
                continue
            text = models.token_ids(model, workloads.CONTEXT + max(workloads.DRAFTS))
            self._seats.append(_Seat(engine, resident, workloads.Typist(text, model.vocabulary)))

    def _in_turn(self, number: int) -> Iterator[_Seat]:
        yield from (self._seats if number % 2 else list(reversed(self._seats)))

    def _visit(self, seat: _Seat, name: str) -> None:
        """One workload on one engine; again, while others keep the processors busy."""
        best: workloads.Times = {}
        least = float("inf")
        for _ in range(TRIES if self._plan.waits else 1):
            if self._plan.waits:
                machine_load.wait()
            others = machine_load.Others(seat.resident.process)
            try:
                times = workloads.ALL[name](seat.resident, seat.typist)
            except EngineFailedError as error:
                self._remark(f"{seat.engine.name}, {name}: {error}")
                return
            noise = others.share()
            if noise < least:
                best, least = times, noise
            if noise < NOISE:
                break
        for workload, values in best.items():
            seat.times.setdefault(workload, []).extend(values)
        seat.noise.append(least)

    def _ask_memory(self, seat: _Seat) -> None:
        try:
            seat.peak_mb = seat.resident.ask("memory")["peak_mb"]
        except EngineFailedError as error:
            self._remark(f"{seat.engine.name}, memory: {error}")

    def _truth(self, model: models.BenchModel, scores: dict[str, Row]) -> None:
        texts = fidelity.windows(model, 2 if self._plan.quick else 12)
        fidelity.forget_reference()
        reference = next((seat for seat in self._seats if seat.engine.key in ("cached", "generate")), None)
        if reference is None:
            self._remark("truth needs transformers as its reference; add the engine 'cached'")
            return
        others = [seat for seat in self._seats if seat is not reference and not seat.engine.trace_only]
        for seat in [reference, *others]:
            self._say(f"truth: {seat.engine.name}")
            try:
                scores[seat.engine.key] = fidelity.measure(seat.resident, texts)
            except EngineFailedError as error:
                self._remark(f"{seat.engine.name}, truth: {error}")

    def _trace(self, model: models.BenchModel, threads: int) -> None:
        pieces = models.pieces(model)
        runs = trace.excerpts(2 if self._plan.quick else self._plan.excerpts, 60)
        scores = {seat.engine.key: trace.Score() for seat in self._seats if not seat.engine.truth_only}
        try:
            for number, keys in enumerate(runs):
                schedule = trace.schedule(model, keys)
                for seat in self._in_turn(number):
                    if seat.engine.key not in scores:
                        continue
                    self._say(f"typing trace {number + 1} of {len(runs)}: {seat.engine.name}")
                    machine_load.wait()
                    others = machine_load.Others(seat.resident.process)
                    try:
                        seat.resident.ask("run", ids=schedule[0]["ids"], new=1)
                        answer = seat.resident.ask(
                            "replay", schedule=schedule, new=workloads.NEW, timeout=300
                        )
                    except EngineFailedError as error:
                        self._remark(f"{seat.engine.name}, trace: {error}")
                        del scores[seat.engine.key]
                        continue
                    scores[seat.engine.key].add(keys, answer, pieces, workloads.NEW)
                    seat.noise.append(others.share())
        finally:
            self._add_scores(model.name, threads, scores)

    def _add_scores(self, model: str, threads: int, scores: dict[str, trace.Score]) -> None:
        names = {seat.engine.key: seat.engine.name for seat in self._seats}
        for key, score in scores.items():
            if not score.gaps:
                continue
            row = {"model": model, "workload": "trace", "engine": names[key], "threads": threads}
            self._rows.append(row | score.row())

    def _add_rows(self, seat: _Seat, model: str, threads: int, score: Row) -> None:
        same = {"model": model, "engine": seat.engine.name, "threads": threads}
        same["version"] = seat.resident.version
        extra = {"peak_mb": round(seat.peak_mb), **score}
        if seat.noise:
            extra["others"] = round(statistics.mean(seat.noise), 3)
        for workload, values in seat.times.items():
            self._rows.append({**same, "workload": workload, **spread(values), **extra})
        if score:
            self._rows.append({**same, "workload": "truth", **score, "load_ms": seat.resident.load_ms})

    def _remark(self, text: str) -> None:
        self._say(f"! {text}")
        if text not in self._remarks:
            self._remarks.append(text)


def spread(values: list[float]) -> Row:
    """Median, its 95 % interval, least and most, in milliseconds."""
    low, high = median_interval(values)
    figures = {"median_ms": statistics.median(values), "low_ms": low, "high_ms": high}
    figures |= {"min_ms": min(values), "max_ms": max(values)}
    return {name: round(value, 2) for name, value in figures.items()} | {"count": len(values)}


def median_interval(values: list[float]) -> tuple[float, float]:
    """The 95 % interval of the median by ranks, whatever the distribution; all of them below 6 values."""
    ordered, count = sorted(values), len(values)
    outside, rank = 0.0, 0
    for k in range(count // 2):
        outside += math.comb(count, k) / 2**count
        if outside > 0.025:
            break
        rank = k
    return ordered[rank], ordered[count - 1 - rank]


def machine() -> str:
    """The processor, its cores, the system."""
    name = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as stream:
            name = next(line.split(":", 1)[1].strip() for line in stream if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{name}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
