"""Masked models beside the engine: loaded without anybody waiting, gone when they are removed."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from writer.engine.infill.masked_model_pool import MaskedModelPool
from writer.engine.loading import load
from writer.engine.local_engine import LocalEngine
from writer.engine.protocol import Parameters
from writer.suggestions.alternatives import ranked
from writer.suggestions.context import Context
from writer.suggestions.gap import TIME_BUDGET, Gap
from writer.text.language import Language

BOX = Gap("she opened the ", " and took out a letter.")


class Machine:
    """An engine on a machine with a place for one masked model, for English and Chinese."""

    def __init__(self, gpt2: Path, bert: Path, place: Path) -> None:
        self._bert = bert
        self.place = place
        self.engine: LocalEngine = load(gpt2, "cpu", threads=1, find_masked=self._find)

    def install(self) -> None:
        shutil.copytree(self._bert, self.place, ignore=shutil.ignore_patterns(".writer"))

    def _find(self, _language: Language) -> Path | None:
        return self.place if self.place.is_dir() else None

    def first(self, gap: Gap) -> str:
        found = ranked(self.engine.alternatives(gap, TIME_BUDGET, lambda: False), gap)
        return found[0].text if found else ""

    def until(self, gap: Gap, word: str) -> None:
        end = time.monotonic() + 10
        while self.first(gap) != word:
            assert time.monotonic() < end
            time.sleep(0.01)


@pytest.fixture
def machine(gpt2: Path, bert: Path, tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(gpt2, bert, tmp_path / "masked")
    yield machine
    machine.engine.close()


def test_it_is_used_once_it_is_loaded_and_forgotten_once_it_is_removed(machine: Machine) -> None:
    causal = machine.first(BOX)
    assert causal != "box"
    machine.install()
    assert machine.first(BOX) == causal
    machine.until(BOX, "box")
    machine.until(Gap("老师说这个苹果", "甜。"), "很")
    shutil.rmtree(machine.place)
    assert machine.first(BOX) == causal


def test_it_is_loaded_in_a_quiet_moment_after_the_first_answer(machine: Machine) -> None:
    machine.install()
    list(machine.engine.continue_text(Context("she opened"), Parameters(max_tokens=1), lambda: False))
    assert not (machine.place / ".writer").exists()
    machine.engine.prepare_idle(lambda: False)
    end = time.monotonic() + 10
    while not list((machine.place / ".writer").glob("int8-*/encoder.onnx")):
        assert time.monotonic() < end
        time.sleep(0.01)
    machine.until(BOX, "box")


def test_a_damaged_one_leaves_the_choice_to_the_model_that_writes(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    causal = machine.first(BOX)
    machine.install()
    (machine.place / "model.safetensors").write_bytes(b"\xff" * 64)
    for _ in range(3):
        assert machine.first(BOX) == causal
        time.sleep(0.1)
    assert caplog.text.count("finds no words") == 1


def test_one_that_goes_while_it_is_loaded_is_closed_afterwards() -> None:
    begun, go_on, closed = threading.Event(), threading.Event(), threading.Event()
    here: list[Path | None] = [Path("masked")]

    class Model:
        close = closed.set

    def load(_folder: Path) -> Model:
        begun.set()
        go_on.wait(5)
        return Model()

    pool = MaskedModelPool(lambda _language: here[0], load)
    pool.preload("en")
    assert begun.wait(5)
    here[0] = None
    assert pool.infill_model("en") is None
    go_on.set()
    pool.close()
    assert closed.is_set()


def test_an_error_nobody_expected_is_logged(logged_errors) -> None:
    def load(_folder: Path) -> None:
        raise KeyError("weight")

    pool = MaskedModelPool(lambda _language: Path("masked"), load)
    logged_errors.expect("masked finds no words because of an internal error")
    pool.preload("en")
    pool.close()
    assert len(logged_errors.records) == 1
