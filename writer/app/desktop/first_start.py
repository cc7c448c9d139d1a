"""The settings that only new people get: those who have used the program before keep what they had."""

from __future__ import annotations

import logging
from pathlib import Path

from writer.app.documents.session import FILE_NAME as SESSION
from writer.settings.editor_schema import EDITOR_AUTOSAVE
from writer.settings.store import SettingsStore
from writer.settings.value_types import SettingsError

log = logging.getLogger(__name__)


def set_up_first_start(settings: SettingsStore, state_folder: Path) -> bool:
    """Save texts by themselves for who has neither settings nor a session; whether that is so."""
    if settings.notices or settings.path.exists() or (state_folder / SESSION).exists():
        return False
    try:
        settings.set(EDITOR_AUTOSAVE, True)
    except SettingsError as error:
        log.warning("the settings of the first start are not saved: %s", error.__cause__)
    return True
