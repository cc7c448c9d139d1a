"""Damage to the files that are made from a model: graphs and token tables.

Each mutant is loaded in a process of its own, which may not die of it; what is generated must be what the
whole files give, since they can be made again.
"""

from __future__ import annotations

import multiprocessing
import random
import shutil
import tempfile
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

from tests.trust.damage import KINDS, mutate_range
from tests.trust.scorecard import Figure, Row
from tests.trust.window_process import forking

RANGES = 25
"""Ranges of each file."""

SECONDS = 60.0
PROMPT = "The quick brown fox jumps over the lazy dog. " * 8
"""Long enough for the graph that reads many tokens at once."""


def answer(folder: Path) -> str:
    """What a process of its own generates with the model, or how it ended."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["writer.engine.loading", "writer.engine.decoders.onnx_decoder"])
    ours, theirs = context.Pipe()
    process = context.Process(target=_generate, args=(folder, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        text: str = ours.recv() if ours.poll(SECONDS) else "no answer"
    except EOFError:
        process.join()
        text = f"ended with {process.exitcode}"
    process.kill()
    process.join()
    return text


def _generate(folder: Path, connection: Connection) -> None:
    from writer.base.errors import UserError
    from writer.engine.loading import load
    from writer.engine.protocol import Parameters
    from writer.suggestions.context import Context

    try:
        engine = load(folder, "cpu", threads=1)
        tokens = list(engine.continue_text(Context(PROMPT), Parameters(max_tokens=6), lambda: False))
        engine.close()
    except UserError as error:
        connection.send(f"refused: {error}")
        return
    numbers = " ".join(f"{token.logprob:.4f}" for token in tokens)
    connection.send(b"".join(token.text for token in tokens).decode("utf-8", "replace") + f" ({numbers})")


def mutations(data: bytes, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Damage of all kinds within ranges that together are the whole file, and cuts."""
    step = max(1, -(-len(data) // RANGES))
    for start in range(0, len(data), step):
        at, width = start + chance.randrange(step), chance.choice([1, 8, 64, step])
        for kind in KINDS:
            yield f"{kind} {at}+{width}", mutate_range(data, min(at, len(data) - 1), width, kind, chance)
        yield f"cut at {start}", data[:start]
    yield "zeros", bytes(len(data))


def make_model(folder: Path) -> Path:
    """A small model with all its derived files."""
    from tests.fakes.small_models import make_gpt2

    make_gpt2(folder, steps=10, positions=256)
    answer(folder)
    return folder


def damaged(seed: int, scale: float) -> Figure:
    """Load and generate with all mutants, or a sample of them."""
    chance = random.Random(seed)
    with forking(), tempfile.TemporaryDirectory(prefix="wt-") as name:
        model = make_model(Path(name) / "model")
        expected = _answers(model)
        files = sorted(path for path in (model / ".writer").rglob("*") if path.is_file())
        every = [(file, what, data) for file in files for what, data in mutations(file.read_bytes(), chance)]
        chosen = every if scale >= 1 else chance.sample(every, max(2, int(len(every) * scale)))
        bad = []
        for file, what, data in chosen:
            if (found := _answer_with(model, file, data)) not in expected:
                bad.append(f"{file.name}, {what}: {found}")
    text = f"{len(chosen)} mutants of {len(files)} files, {len(bad)} bad"
    return Figure(f"{text}, such as {bad[0]}" if bad else text, passed=not bad)


def _answers(model: Path) -> tuple[str, str]:
    """The answers with whole files, and without the graph that reads many tokens at once."""
    whole = answer(model)
    (graph,) = model.glob(".writer/*/reading.onnx")
    return whole, _answer_with(model, graph, b"")


def _answer_with(model: Path, file: Path, data: bytes) -> str:
    """The answer where a derived file has this content; all of them are whole again afterwards."""
    derived, spare = model / ".writer", model / "spare"
    shutil.copytree(derived, spare)
    file.write_bytes(data)
    try:
        return answer(model)
    finally:
        shutil.rmtree(derived)
        spare.rename(derived)


ROWS = (
    Row(
        "graph-damage",
        "flip, zero, junk, gone or cut over all of a model's graphs and token tables",
        "the same words as from whole files",
        damaged,
        minutes=4,
    ),
)
