"""A reader of data from outside, as the fuzzing of types drives it, and what it did with its mutants."""

from __future__ import annotations

import random
import time
import tracemalloc
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.trust.mutations import bomb, json_mutants, toml_mutants


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader of one kind of data.

    `good` is data that it reads. `read` gives it other data, and raises AssertionError where a good neighbour
    of the data is not there any more. `errors` are the reader's own, fit for who reads; any other is a fault.
    """

    name: str
    good: bytes
    read: Callable[[bytes], None]
    errors: tuple[type[Exception], ...] = ()
    is_toml: bool = False


@dataclass(slots=True)
class Outcome:
    """What came of the mutants of some readers: faults by reader and kind, peak memory, longest time."""

    mutants: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    examples: dict[str, bytes] = field(default_factory=dict)
    memory: int = 0
    memory_of: str = ""
    seconds: float = 0.0
    seconds_of: str = ""

    def note(self, fault: str, data: bytes) -> None:
        """Count a fault, and keep its first example."""
        self.faults[fault] = self.faults.get(fault, 0) + 1
        self.examples.setdefault(fault, data[:2000])


def file_reader(
    name: str,
    file: Path,
    read: Callable[[], object],
    errors: tuple[type[Exception], ...] = (),
    is_toml: bool = False,
) -> Reader:
    """A reader of a file, which is good now and becomes good again behind each mutant."""
    good = file.read_bytes()

    def put_and_read(data: bytes) -> None:
        file.write_bytes(data)
        try:
            read()
        finally:
            file.write_bytes(good)

    return Reader(name, good, put_and_read, errors, is_toml)


def fuzz(readers: Iterable[Reader], seed: int, count: int, bomb_size: int) -> Outcome:
    """Give each reader `count` mutants, and one bomb of about `bomb_size` bytes."""
    outcome = Outcome()
    for reader in readers:
        reader.read(reader.good)
        chance = random.Random(f"{seed} {reader.name}")
        mutants = (toml_mutants if reader.is_toml else json_mutants)(reader.good, chance, count)
        for data in mutants:
            begun = time.thread_time()
            _read(reader, data, outcome)
            if (seconds := time.thread_time() - begun) > outcome.seconds:
                outcome.seconds, outcome.seconds_of = seconds, reader.name
        data = bomb(bomb_size)
        tracemalloc.start()
        _read(reader, data, outcome)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        if peak > outcome.memory:
            outcome.memory, outcome.memory_of = peak, reader.name
        _read(reader, reader.good, outcome)
    return outcome


def _read(reader: Reader, data: bytes, outcome: Outcome) -> None:
    outcome.mutants += 1
    try:
        reader.read(data)
    except (KeyboardInterrupt, *reader.errors) as error:
        if isinstance(error, KeyboardInterrupt):
            raise
    except BaseException as error:  # noqa: BLE001 - a panic of Rust is no Exception
        outcome.note(f"{reader.name}: {type(error).__name__}", data)
