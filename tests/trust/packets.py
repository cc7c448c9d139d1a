"""Packets that nobody asked for, by the window, a training and every command, in a watched namespace."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tests.fakes.small_models import SENTENCES
from tests.fakes.watched_network import Observed, possible, watch
from tests.trust.scorecard import ROOT, Figure, Row

WINDOW_SECONDS = 60.0
STARTER = "smollm2-135m-instruct"
INPUT = "The house by the [MASK] was old"
"""What is written on the standard input of each command."""
PIPE = 'printf %s "$0" | "$@"'
PATIENCE = 900.0
"""Seconds that a command may take at the most."""


def environment(home: Path) -> dict[str, str]:
    """Folders of its own for all but the models, and no variable that switches telemetry off."""
    own = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "CACHE", "STATE")}
    kept = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    return kept | own | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}


def commands(folder: Path) -> dict[str, list[str]]:
    """One call of every command that nobody asks to use the network, on texts in `folder`."""
    text, export = str(folder / "0.txt"), str(folder / "export.zip")
    return {
        "tour": ["tour"],
        "complete": ["complete", "--length", "4"],
        "alternatives": ["alternatives"],
        "spell": ["spell", "en_US"],
        "extract": ["extract"],
        "models export": ["models", "export", STARTER, export],
        "models import": ["models", "import", export, "--name", "imported"],
        "models use": ["models", "use", "imported"],
        "models measure": ["models", "measure", "imported"],
        "models remove": ["models", "remove", "imported"],
        "evaluate": ["evaluate", text, "--limit", "300"],
        "models list": ["models", "list"],
        "train --preview": ["train", str(folder), "--preview"],
        "train": ["train", str(folder), "--max-steps", "2", "--characters", "200"],
    }


def silent(seed: int, scale: float) -> Figure:
    """The window for a minute, then each command."""
    del seed
    if not possible():
        return Figure("this system allows no network namespaces", passed=False)
    told: dict[str, Observed] = {}
    with tempfile.TemporaryDirectory() as name:
        home, texts = Path(name), Path(name) / "texts"
        texts.mkdir()
        for place in range(12):
            (texts / f"{place}.txt").write_text(" ".join(SENTENCES) * 40 + f" {place}.", "utf-8")
        program, env = [sys.executable, "-m", "writer"], environment(home)
        told["window"] = watch([*program, "gui"], max(15.0, WINDOW_SECONDS * scale), env)
        for label, words in commands(texts).items():
            if scale >= 1 or label == "models list":
                told[label] = watch(["sh", "-c", PIPE, INPUT, *program, *words], PATIENCE, env)
    loud = {label: seen for label, seen in told.items() if not seen.silent}
    failed = [
        f"{label} ({seen.status}: {(seen.output.strip().splitlines() or [''])[-1][:100]})"
        for label, seen in told.items()
        if seen.status not in (0, 3)
    ]
    text = f"{len(loud)} of {len(told)} sent something"
    for label, seen in loud.items():
        text += f"; {label}: {', '.join(sorted({*seen.names, *seen.packets}))}"
    if failed:
        text += f"; did not end well: {', '.join(failed)}"
    return Figure(text, passed=not loud and not failed)


ROWS = (
    Row(
        "packets",
        "window, training, commands in a watched namespace",
        "no query, no packet",
        silent,
        minutes=5,
    ),
)
