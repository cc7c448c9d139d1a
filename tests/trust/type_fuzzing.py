"""Every reader of JSON and TOML gets values of other types, huge and deep ones, keys twice, cuts and junk."""

from __future__ import annotations

import logging
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.trust.hostile_home import play
from tests.trust.reader import Outcome, Reader, fuzz
from tests.trust.scorecard import Figure, Row

MUTANTS = 2000
"""Mutants of each reader's data."""

HOMES = 60
"""Homes with several hostile files, on which the program is started."""

BOMB = 64 << 20
MEMORY = 256 << 20
"""Bytes that reading a bomb may take at its worst moment."""

SECONDS = 2.0
"""The processor's time that a mutant may take."""


@contextmanager
def all_readers() -> Iterator[tuple[Reader, ...]]:
    """The readers, with good data in a folder for each kind; their children end behind the block."""
    from tests.trust.readers_of_answers import answer_readers, child_readers
    from tests.trust.readers_of_models import (
        catalogue_reader,
        config_readers,
        model_readers,
        tokenizer_readers,
    )
    from tests.trust.readers_of_the_window import window_readers
    from tests.trust.readers_of_trainings import corpus_readers, training_readers

    with tempfile.TemporaryDirectory(prefix="wt-") as name:
        folder = Path(name)
        children, end = child_readers()
        try:
            yield (
                *model_readers(folder / "models"),
                *config_readers(folder / "configs"),
                *tokenizer_readers(folder / "tokenizers"),
                catalogue_reader(folder / "catalogue"),
                *window_readers(folder / "window"),
                *training_readers(folder),
                *corpus_readers(folder / "corpus"),
                *answer_readers(),
                *children,
            )
        finally:
            end()


def mutated(seed: int, scale: float, *, only: str = "") -> Outcome:
    """What came of the mutants of all readers, or of those whose name holds `only`."""
    level = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with all_readers() as readers:
            chosen = [reader for reader in readers if only in reader.name]
            return fuzz(chosen, seed, max(10, int(MUTANTS * scale)), max(1 << 17, int(BOMB * scale)))
    finally:
        logging.disable(level)


def type_fuzzing(seed: int, scale: float) -> Figure:
    """Mutate, read, and count what no reader foresaw."""
    outcome = mutated(seed, scale)
    chance = random.Random(seed)
    for _ in range(max(2, int(HOMES * scale))):
        for fault in play(chance):
            outcome.note(fault, b"")
    faults = ", ".join(f"{fault} ({count})" for fault, count in sorted(outcome.faults.items()))
    text = f"{outcome.mutants} mutants: {faults or 'no fault'}; "
    text += f"at most {outcome.memory / 1e6:.0f} MB ({outcome.memory_of}) "
    text += f"and {outcome.seconds:.2f} s ({outcome.seconds_of})"
    return Figure(text, not outcome.faults and outcome.memory <= MEMORY and outcome.seconds <= SECONDS)


ROWS = (
    Row(
        "type-fuzzing",
        "all JSON and TOML that is read, with values of other types, huge, deep, twice, cut, junk",
        f"only the reader's own errors, good neighbours stay, {MEMORY >> 20} MB, {SECONDS:g} s",
        type_fuzzing,
        minutes=11,
    ),
)
