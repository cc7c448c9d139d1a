"""Which model writes now: what the settings wish, and the language of the text so far."""

from __future__ import annotations

from writer.models import choice
from writer.models.choice import Wishes
from writer.models.store import ModelStore
from writer.settings.schema import MODEL_CHINESE, MODEL_LANGUAGE, MODEL_NAME
from writer.settings.store import SettingsStore
from writer.text.context import Language


def wishes(settings: SettingsStore) -> Wishes:
    """What the settings say about which model writes."""
    language = settings.get(MODEL_LANGUAGE)
    return Wishes(
        settings.get(MODEL_NAME),
        settings.get(MODEL_CHINESE),
        "en" if language == "en" else "zh" if language == "zh" else "auto",
    )


class Choosing:
    """Remembers which language is being written. Used from one thread.

    `notice` is cheap enough for every key; `model` reads the manifests of the models that are here.
    """

    def __init__(self, settings: SettingsStore, store: ModelStore) -> None:
        self._settings = settings
        self._store = store
        self.language: Language = "en"

    def notice(self, before: str) -> bool:
        """Look at the text before the cursor; whether another language is being written from now on."""
        language = choice.language_now(before, self.language, wishes(self._settings))
        changed, self.language = language != self.language, language
        return changed

    def model(self) -> str:
        """The name or folder of the model that writes the language of now."""
        return choice.model_for(self.language, wishes(self._settings), choice.installed(self._store))
