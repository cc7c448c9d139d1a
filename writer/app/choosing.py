"""What the settings wish about which model writes; the rule itself is in `models.choice`."""

from __future__ import annotations

from typing import Literal, cast

from writer.models.choice import Wishes
from writer.settings.schema import MODEL_CHINESE, MODEL_LANGUAGE, MODEL_NAME
from writer.settings.store import SettingsStore


def wishes(settings: SettingsStore) -> Wishes:
    """The models that the settings name for each language, and the language where they fix one."""
    fixed = cast(Literal["auto", "en", "zh"], settings.get(MODEL_LANGUAGE))
    return Wishes(settings.get(MODEL_NAME), settings.get(MODEL_CHINESE), fixed)
