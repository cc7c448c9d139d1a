"""What the settings wish about which model writes; the rule itself is in `models.choice`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from writer.models.selection import Wishes
from writer.settings.schema import (
    MODEL_CHINESE,
    MODEL_LANGUAGE,
    MODEL_NAME,
    PERSONALISE_EXCLUDED,
    PERSONALISE_FOLDER,
    PERSONALISE_METHOD,
)
from writer.settings.store import SettingsStore

if TYPE_CHECKING:
    from writer.training.events import Wish


def wishes(settings: SettingsStore) -> Wishes:
    """The models that the settings name for each language, and the language where they fix one."""
    fixed = cast(Literal["auto", "en", "zh"], settings.get(MODEL_LANGUAGE))
    return Wishes(settings.get(MODEL_NAME), settings.get(MODEL_CHINESE), fixed)


def personal_wish(settings: SettingsStore) -> Wish:
    """What the settings wish about learning from a person's own texts."""
    from writer.training.events import Wish

    method = settings.get(PERSONALISE_METHOD)
    return Wish(
        base=settings.get(MODEL_NAME),
        folder=str(Path(settings.get(PERSONALISE_FOLDER)).expanduser()),
        method="" if method == "auto" else cast(Literal["lora", "full"], method),
        excluded=tuple(settings.get(PERSONALISE_EXCLUDED).split()),
    )
