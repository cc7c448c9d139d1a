"""The real window on a real server's model, which is then killed while somebody types: who answers, how soon.

    python -m tests.benchmarks.servers [--model NAME] [--rounds 3] [--signal KILL] [--picture FILE] -- COMMAND

COMMAND starts any server with /v1/completions; "{port}" in it becomes a free port. Without one, a server of
our own runs the starter model in a process of its own. `--signal STOP` lets the server hang instead.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks import machine_load
from tests.benchmarks.models import ROOT
from tests.benchmarks.window_probe import Probe, opened, resident_mb, until, watch_paints
from writer.settings.server_schema import SERVER_ADDRESS, SERVER_ENABLED, SERVER_MODEL
from writer.ui.application import Application
from writer.ui.startup import Startup, make_application

TEXT = "It had rained all night, and in the morning the streets of the old town were still wet, "
OWN = (sys.executable, "-m", "tests.fakes.model_server", "{port}")
START = 120.0
"""Seconds that a server may take until it answers."""

GAPS = (0.06, 0.085, 0.1, 0.118, 0.136, 0.155, 0.18, 0.225, 0.384)
"""Seconds between two keys, in tenths of all: people's rhythm, by 2.27 million gaps."""


@dataclass
class Figures:
    """Milliseconds from a key to the first ghost or silence; seconds after the end of the server; memory."""

    answers: list[float] = field(default_factory=list)
    ghosts: int = 0
    said: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    ghosted: list[float] = field(default_factory=list)
    painted: list[float] = field(default_factory=list)
    beside_mb: float = 0.0
    local_mb: float = 0.0
    others: list[float] = field(default_factory=list)
    """Processors that other programs kept busy while the server died."""

    def lines(self, signal_name: str) -> list[str]:
        """What to print."""
        asked, n = sorted(self.answers), len(self.said)
        said, answered, ghosted = worst(self.said), worst(self.answered), worst(self.ghosted)
        by_server = (
            f"median {statistics.median(asked):.0f} ms, p90 {asked[len(asked) * 9 // 10]:.0f} ms"
            if asked
            else "no key asked, each went along a ghost"
        )
        return [
            f"key to first ghost or silence by the server: {by_server} "
            f"({len(asked)} keys, {self.ghosts} ghosts)",
            f"after {signal_name}, {n} times: the window says so after {said}, the local model has answered "
            f"after {answered}, its first ghost stands after {ghosted}",
            f"key to paint meanwhile: median {statistics.median(self.painted):.0f} ms, "
            f"worst {max(self.painted):.0f} ms",
            f"memory of the window: {self.beside_mb:.0f} MB beside the server, {self.local_mb:.0f} without; "
            f"processors busy with other programs: {statistics.mean(self.others):.1f} of {os.cpu_count()}",
        ]


def worst(seconds: Sequence[float]) -> str:
    """A median and the longest of some times."""
    return f"{statistics.median(seconds):.2f} s (longest {max(seconds):.2f} s)" if seconds else "no time"


class ServerProcess:
    """A server in a process group of its own."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._command = [part.replace("{port}", str(self.port)) for part in command]
        self._log = log

    def start(self, model: str) -> None:
        """Start it, and wait until it has answered a question."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )
        question = {"model": model, "prompt": "It was", "max_tokens": 1}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/v1/completions",
            json.dumps(question).encode(),
            {"Content-Type": "application/json"},
        )
        end = time.monotonic() + START
        while True:
            try:
                with urllib.request.urlopen(request, timeout=30):
                    return
            except (urllib.error.URLError, OSError) as error:
                if time.monotonic() > end or self._process.poll() is not None:
                    raise SystemExit(f"The server did not answer: {error}; see {self._log}.") from error
                time.sleep(0.2)

    def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to all of it."""
        with contextlib.suppress(ProcessLookupError):  # it has been killed already
            os.killpg(self._process.pid, how)
        if how is signal.SIGKILL:
            self._process.wait()


class Round:
    """Types in a rhythm while the server ends, and notes when this machine takes over."""

    def __init__(self, program: Application, probe: Probe, figures: Figures) -> None:
        self._program, self._probe, self._figures = program, probe, figures
        self._rhythm = random.Random(7)
        self._ended = 0.0

    async def run(self, server: ServerProcess, how: signal.Signals) -> None:
        """End the server while it answers, and type on until a local ghost has stood."""
        await self._probe.key()
        await asyncio.sleep(0.03)
        server.end(how)
        self._ended = time.perf_counter()
        others = machine_load.Others(os.getpid())
        said = answered = ghosted = None
        next_key = self._ended
        while not ghosted and time.perf_counter() - self._ended < 20:
            if time.perf_counter() >= next_key:
                next_key += self._rhythm.choice(GAPS)
                self._probe.shown.clear()
                self._probe.answered.clear()
                self._figures.painted.append(await self._probe.key())
            await asyncio.sleep(0.002)
            local = getattr(self._program.container.engine_state, "device", "") == "cpu"
            said = said or (self._since() if local else None)
            if said and self._probe.answered and self._probe.answered[0] > self._ended + said:
                answered = answered or self._probe.answered[0] - self._ended
            if said and self._probe.shown and self._probe.shown[0] > self._ended + said:
                ghosted = self._probe.shown[0] - self._ended
                answered = answered or ghosted
        self._figures.others.append(others.share())
        for times, value in zip(
            (self._figures.said, self._figures.answered, self._figures.ghosted),
            (said, answered, ghosted),
            strict=True,
        ):
            times.append(value or float("inf"))

    def _since(self) -> float:
        return time.perf_counter() - self._ended


async def measure(
    program: Application, probe: Probe, server: ServerProcess, options: argparse.Namespace
) -> Figures:
    """Type on the server's model, then end it some times."""
    figures, how = Figures(), signal.Signals[f"SIG{options.signal}"]
    await opened(program)
    for turn in range(options.rounds):
        if turn:
            server.end()
            server.start(options.model)
        await _on_server(program, probe)
        for _ in range(options.keys if not turn else 5):
            if (times := await probe.answer()) is not None:
                figures.answers.append(times[0])
                figures.ghosts += bool(probe.shown)
            await asyncio.sleep(0.05)
        await asyncio.sleep(4)
        machine_load.wait()
        await _on_server(program, probe)
        figures.beside_mb = figures.beside_mb or resident_mb()
        _picture(program, options.picture, "server")
        await Round(program, probe, figures).run(server, how)
        _picture(program, options.picture, "local")
        figures.local_mb = resident_mb()
    return figures


async def _on_server(program: Application, probe: Probe) -> None:
    """Type until the server answers (again)."""
    end = time.perf_counter() + 60
    while getattr(program.container.engine_state, "device", "") != "local server":
        if time.perf_counter() > end:
            raise TimeoutError("the server was not asked")
        await asyncio.sleep(1)
        await probe.key()
    await until(lambda: not probe.suggestions.busy, 60)


def _picture(program: Application, file: Path | None, name: str) -> None:
    if file is not None:
        program.window.grab().save(str(file.with_name(f"{file.stem}-{name}.png")))


def main() -> int:
    """Measure one server; the exit status is 1 where the local model took too long."""
    parser = argparse.ArgumentParser(description="Kill a server while somebody types on its model.")
    parser.add_argument("--model", default="")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keys", type=int, default=60, help="typed on the server's model")
    parser.add_argument("--within", type=float, default=2.0, help="seconds for the local model to answer")
    parser.add_argument("--signal", choices=("KILL", "STOP"), default="KILL")
    parser.add_argument("--picture", type=Path)
    parser.add_argument("command", nargs="*", default=OWN)
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    painted: list[float] = []
    watch_paints(painted)
    with tempfile.TemporaryDirectory(prefix="writer-servers-") as name:
        folder = Path(name)
        file = folder / "text.txt"
        file.write_text(TEXT, "utf-8")
        server = ServerProcess(options.command, folder / "server.log")
        try:
            server.start(options.model)
            startup = Startup(make_application(), folder)
            program = Application(startup)
            program.settings.set(SERVER_ADDRESS, f"http://127.0.0.1:{server.port}/v1")
            program.settings.set(SERVER_MODEL, options.model)
            program.settings.set(SERVER_ENABLED, True)
            startup.show()
            program.start([file])
            probe = Probe(program)
            probe.painted = painted
            figures = program.loop.run_until_complete(measure(program, probe, server, options))
            program.window.editor.document().setModified(False)
            program.window.close()
            program.finish()
        finally:
            server.end()
    print("\n".join(figures.lines(options.signal)))
    return int(max(figures.answered) > options.within)


if __name__ == "__main__":
    sys.exit(main())
