"""Kills downloads at random moments and flips bits on the way, and counts what came out wrong.

    python -m tests.benchmarks.downloads [--kills 100] [--flips 1000] [--seed 7]

The server runs on this machine and speaks the Hub's protocol. A killed download must go on and end with the
right hashes; a file with one bit flipped, on the way or on the disk, must never get its name.
"""

from __future__ import annotations

import argparse
import os
import random
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.models import ROOT
from tests.fakes.hub_server import Fault, HubServer, Repository, make_files
from writer.base.progress import ProgressMeter, ignore_progress
from writer.models.download import hub_api
from writer.models.download.downloader import SnapshotDownloader
from writer.models.download.http_client import HttpClient, RetryPolicy
from writer.models.manifest import ModelError
from writer.models.model_folder import verify
from writer.models.store import ModelStore

QUICK = RetryPolicy(connect=2, read=0.5, attempts=3, pause=0.01, min_gain=1, min_speed=0, window=60)
NAME = "someone/small"
ID = "someone--small"
TAKEN = {"config.json", "tokenizer.json", "model.safetensors"}

CHILDREN = f"""
import os
import sys
from pathlib import Path
from writer.models.download.fetcher import ModelFetcher
from writer.models.download.http_client import RetryPolicy
from writer.models.inventory import installed
from writer.models.store import ModelStore
fetcher = ModelFetcher(ModelStore(Path(sys.argv[1])), sys.argv[2], RetryPolicy(pause=0.01, min_gain=1))
for _line in sys.stdin:
    child = os.fork()
    if not child:
        try:
            fetcher.get("{NAME}")
            os._exit(0)
        finally:
            os._exit(1)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclass
class Result:
    """How many times it was tried, how many models came out wrong, at how many tenths of the file."""

    tried: int = 0
    bad: int = 0
    moments: int = 0


class Children:
    """Downloads, each in a process of its own, which comes from a fork so that a hundred take seconds."""

    def __init__(self, folder: Path, address: str) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, "-c", CHILDREN, str(folder), address],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )

    def run(self, moment: Callable[[], bool] | None = None) -> int:
        """Start one, kill it when the moment has come; its exit status, -9 where the kill came in time."""
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(b"go\n")
        child = int(self._parent.stdout.readline())
        if moment is not None:
            ended: Sequence[object] = ()
            while not ended and not moment():
                ended = select.select([self._parent.stdout], [], [], 0.001)[0]
            if not ended:
                with suppress(ProcessLookupError):  # it may end at any moment
                    os.kill(child, signal.SIGKILL)
        return int(self._parent.stdout.readline())

    def __enter__(self) -> Children:
        return self

    def __exit__(self, *_error: object) -> None:
        self._parent.communicate(timeout=20)


def killed(kills: int, folder: Path, generator: random.Random) -> Result:
    """Kill downloads at random moments until there were `kills`; each next one goes on."""
    store = ModelStore(folder / "models")
    store.directory.mkdir()
    with HubServer().running() as server:
        files = make_files(2000)
        server.repositories[NAME] = Repository(files)
        size = len(files["model.safetensors"])
        server.always = Fault(piece=size // 40, pause=0.004)
        part = store.directory / f".{ID}.download" / "model.safetensors.part"
        result, moments = Result(), set()

        def so_far() -> int:
            with suppress(FileNotFoundError):  # it may be done, and moved, at any moment
                return part.stat().st_size
            return 0

        def moment() -> Callable[[], bool]:
            """When so much has come: a tenth of the file at which there was no kill yet, where one is ahead.

            Where none is, every other download is left to its end, so that the next one begins anew.
            """
            here = min(9, so_far() * 10 // size)
            new = [tenth for tenth in range(here, 10) if tenth not in moments]
            tenth = generator.choice(new or [generator.randrange(here, 10), 10])
            wanted = (tenth + generator.random()) * size / 10
            later = time.monotonic() + generator.uniform(0, 0.05)
            return lambda: time.monotonic() > later and so_far() >= wanted

        with Children(store.directory, server.address) as children:
            while result.tried < kills:
                if children.run(moment()) != -signal.SIGKILL:
                    result.bad += not is_whole(store, files)
                    store.remove(ID)
                    continue
                result.tried += 1
                moments.add(min(9, so_far() * 10 // size))
                if (store.directory / ID).exists():
                    result.bad += not is_whole(store, files, alone=False)
            result.bad += children.run() != 0
        result.bad += not is_whole(store, files)
    result.moments = len(moments)
    return result


def is_whole(store: ModelStore, files: dict[str, bytes], alone: bool = True) -> bool:
    """Whether the model is here with every byte as the server has it, and nothing beside it where `alone`."""
    try:
        model = store.find(ID)
        verify(model)
    except ModelError:
        return False
    names = {path.name for path in model.path.iterdir()} == TAKEN | {"manifest.json"}
    same = all((model.path / name).read_bytes() == files[name] for name in TAKEN)
    left = {path.name for path in store.directory.iterdir() if not path.name.endswith(".lock")}
    return names and same and (not alone or left == {ID})


def flipped(flips: int, folder: Path, generator: random.Random) -> Result:
    """Turn one bit of a file, in turns on the way and on the disk, and see whether the file is refused."""
    with HubServer().running() as server:
        server.repositories[NAME] = Repository(make_files(8))
        client = HttpClient(QUICK)
        snapshot = hub_api.find_snapshot(client, server.address, NAME)
        downloader = SnapshotDownloader(
            client, snapshot, folder, ProgressMeter(ignore_progress, snapshot.bytes)
        )
        result = Result()
        for turn in range(flips):
            file = snapshot.files[turn % len(snapshot.files)]
            faults = [Fault(flip=generator.randrange(file.bytes * 8)) for _ in range(2)]
            if turn % 2:
                content = bytearray(server.repositories[NAME].files[file.name])
                content[faults[0].flip // 8] ^= 1 << faults[0].flip % 8
                (folder / f"{file.name}.part").write_bytes(content)
                faults.pop()
            server.fail(file.name, *faults)
            result.tried += 1
            try:
                downloader.run((file,))
                result.bad += 1
            except ModelError as error:
                result.bad += "did not arrive as" not in str(error) or bool(list(folder.iterdir()))
        client.close()
        result.bad += any(server.faults.values())
    return result


def main() -> int:
    """Kill and flip; the exit status is 1 where anything came out wrong."""
    parser = argparse.ArgumentParser(description="Kill downloads and flip their bits; count what is wrong.")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--flips", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    generator = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="writer-downloads-") as name:
        kills = killed(options.kills, Path(name), generator)
    print(
        f"{kills.tried} kills at {kills.moments} tenths of the file: {kills.bad} models not whole", flush=True
    )
    with tempfile.TemporaryDirectory(prefix="writer-downloads-") as name:
        flips = flipped(options.flips, Path(name), generator)
    print(f"{flips.tried} bits flipped: {flips.tried - flips.bad} refused, {flips.bad} let through")
    return int(bool(kills.bad or flips.bad))


if __name__ == "__main__":
    sys.exit(main())
