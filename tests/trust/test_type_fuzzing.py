"""The fuzzing of types, made small: every reader with some mutants, and a fault that is seen."""

from __future__ import annotations

import json
import random
import tomllib
from pathlib import Path

import pytest

from tests.trust import hostile_home, type_fuzzing
from tests.trust.mutations import json_mutants, toml_mutants
from tests.trust.reader import Reader, file_reader, fuzz


def test_no_reader_is_surprised() -> None:
    outcome = type_fuzzing.mutated(1, 0.006)
    assert outcome.faults == {}, outcome.examples
    assert outcome.memory < 32 << 20


def test_the_window_starts_on_hostile_files() -> None:
    assert hostile_home.play(random.Random(1)) == []


def test_mutants_are_the_same_for_a_seed_and_mostly_other_values() -> None:
    good = json.dumps({"a": 1, "b": {"c": [2, "x"]}}).encode()
    mutants = list(json_mutants(good, random.Random(3), 300))
    assert mutants == list(json_mutants(good, random.Random(3), 300))
    assert len(set(mutants)) > 100
    assert sum(_is(json.loads, data) for data in mutants) > 150
    lines = b'[x]\na = 1\nb = "c"\n'
    mutants = list(toml_mutants(lines, random.Random(3), 300))
    assert mutants == list(toml_mutants(lines, random.Random(3), 300))
    assert sum(_is(lambda data: tomllib.loads(data.decode()), data) for data in mutants) > 100


def _is(read, data: bytes) -> bool:
    try:
        read(data)
    except (ValueError, RecursionError):
        return False
    return True


def test_faults_are_seen(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(b'{"a": [1, 2]}')

    def careless() -> None:
        sum(json.loads(file.read_bytes())["a"])

    outcome = fuzz([file_reader("careless", file, careless, (ValueError,))], 1, 200, 1 << 16)
    assert {"careless: TypeError", "careless: KeyError", "careless: RecursionError"} <= set(outcome.faults)
    assert outcome.examples["careless: KeyError"]
    assert file.read_bytes() == b'{"a": [1, 2]}'


def test_a_reader_that_fails_with_what_is_good_is_an_error() -> None:
    def broken(_data: bytes) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fuzz([Reader("broken", b"{}", broken)], 1, 1, 100)
