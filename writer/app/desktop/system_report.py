"""The report for support questions: system, versions, crash stacks; no text of the user."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from pathlib import Path

import psutil
from PySide6.QtCore import qVersion

from writer import __version__
from writer.app.suggestions.engine_client import EngineState
from writer.engine.engine_state import EngineReady

LIBRARIES = ("PySide6_Essentials", "onnxruntime", "tokenizers", "numpy", "torch", "transformers")
CRASH_BYTES = 20_000
"""The size limit of the crash stacks in a report."""


def system_report(state: EngineState | None = None) -> str:
    """The system and the versions, one fact a line. `state` is the engine's."""
    memory = psutil.virtual_memory()
    lines = [
        f"Writer {__version__}",
        f"Python {platform.python_version()}, Qt {qVersion()}",
        f"{platform.system()} {platform.release()}, {platform.machine()}",
        f"{os.cpu_count()} processors",
        f"{memory.total / 1e9:.1f} GB of memory, {memory.available / 1e9:.1f} GB free",
        f"Installed as {'a bundle' if getattr(sys, 'frozen', False) else 'a Python package'}",
        ", ".join(f"{name} {_version(name)}" for name in LIBRARIES),
    ]
    if isinstance(state, EngineReady):
        lines.append(f"The model runs on: {state.device}")
    elif state is not None:
        lines.append(f"The model: {type(state).__name__.lower()}")
    return without_home("\n".join(lines))


def crash_report(crash: Path) -> str:
    """The system report and the stacks of a crashed process. Raises OSError."""
    stacks = crash.read_bytes()[:CRASH_BYTES].decode("utf-8", "replace")
    return f"{system_report()}\n\n{without_home(stacks)}"


def without_home(text: str) -> str:
    """The text with the home folder, whose name is the user's, replaced by a tilde."""
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > 1 else text


def licences() -> str:
    """The installed dependencies, one a line, with version and licence."""
    names = sorted(
        {name for line in metadata.requires("writer") or () if (name := _name(line))}, key=str.lower
    )
    return "\n".join(f"{name} {_version(name)}: {licence(name)}" for name in names if _version(name))


def _name(requirement: str) -> str:
    end = next((i for i, c in enumerate(requirement) if not (c.isalnum() or c in "-_.")), len(requirement))
    return requirement[:end]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def licence(name: str) -> str:
    """The short name of a package's licence, as its metadata give it."""
    about = metadata.metadata(name)
    named = _field(about, "License-Expression")
    classified = [
        c.rpartition(" :: ")[2] for c in about.get_all("Classifier", []) if c.startswith("License ::")
    ]
    written = _field(about, "License").strip().partition("\n")[0]
    return named or ", ".join(classified) or written[:60] or "see its own files"


def _field(about: metadata.PackageMetadata, name: str) -> str:
    return str(about[name] or "") if name in about else ""
