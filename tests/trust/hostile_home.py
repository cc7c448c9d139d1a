"""A person's folders in which many files are hostile at once: the models listed, the window started."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.trust.mutations import json_mutants, toml_mutants
from tests.trust.readers_of_models import GPT2, fill, unfinished
from tests.trust.readers_of_the_window import SESSION, STATISTICS, TEXT, new_journal
from tests.trust.scorecard import ROOT
from writer.models.store import ModelStore
from writer.settings.schema import SUGGESTIONS_DELAY
from writer.settings.store import SettingsStore
from writer.training.events import TrainingRequest
from writer.training.run_folder import TrainingRuns

SECONDS = 120


def make_home(home: Path) -> tuple[Path, ...]:
    """Fill the folders of data, settings and state below `home`; the files that may become hostile.

    A model "other" and a text that was not saved stay as they are.
    """
    data, config, state = (home / kind / "writer" for kind in ("data", "config", "state"))
    for folder in (data / "models", data / "journals", config, state):
        folder.mkdir(parents=True, mode=0o700)
    store = ModelStore(data / "models")
    for name in ("other", "victim"):
        store.install(name, lambda part: fill(part, GPT2, name))  # noqa: B023
    unfinished(data / "models", "later")
    new_journal(data / "journals" / ("a" * 32)).release()
    run = TrainingRuns(data / "training").new(TrainingRequest(str(home)))
    settings = SettingsStore(config / "settings.toml")
    settings.set(SUGGESTIONS_DELAY, 350)
    (state / "session.json").write_text(json.dumps(SESSION), "utf-8")
    (state / "statistics.json").write_text(json.dumps(STATISTICS), "utf-8")
    victim = data / "models" / "victim"
    return (
        *(victim / name for name in ("manifest.json", "config.json", "tokenizer.json")),
        data / "models" / ".later.download" / "download.json",
        run.path / "wish.json",
        settings.path,
        *(state / name for name in ("session.json", "statistics.json")),
    )


def play(chance: random.Random) -> list[str]:
    """Make some files hostile, list the models, start the window; what went wrong."""
    with tempfile.TemporaryDirectory(prefix="wt-") as name:
        home = Path(name)
        for file in make_home(home):
            mutants = toml_mutants if file.suffix == ".toml" else json_mutants
            if chance.random() < 0.7:
                file.write_bytes(next(mutants(file.read_bytes(), chance, 1)))
        return _listed(home) + _started(home)


def _listed(home: Path) -> list[str]:
    done = _run(home, "writer", "models", "list", "--json")
    if done.returncode or b"Traceback" in done.stderr:
        return [f"models list: {done.returncode} {_last(done)}"]
    models = {model["id"]: model["state"] for model in json.loads(done.stdout)}
    return [] if models.get("other") == "here" else ["models list: a good model is gone"]


def _started(home: Path) -> list[str]:
    done = _run(home, "tests.trust.start_probe")
    if done.returncode or b"Traceback" in done.stderr:
        return [f"window: {done.returncode} {_last(done)}"]
    return [] if TEXT in json.loads(done.stdout.splitlines()[-1]) else ["window: a text is gone"]


def _run(home: Path, module: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    places = {f"XDG_{kind.upper()}_HOME": str(home / kind) for kind in ("data", "config", "state", "cache")}
    own = {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT), "XDG_RUNTIME_DIR": str(home)}
    return subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=ROOT,
        env=os.environ | places | own,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )


def _last(done: subprocess.CompletedProcess[bytes]) -> str:
    return (done.stderr.decode(errors="replace").strip().splitlines() or [""])[-1][:200]
