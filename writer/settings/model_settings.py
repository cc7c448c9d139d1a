"""The settings that name the model for each language, changed together.

A model is given by its id, so that the window, the command line and the training can use this without the
models' package.
"""

from __future__ import annotations

from collections.abc import Iterable

from writer.settings.schema import MODEL_CHINESE, MODEL_NAME
from writer.settings.setting import Setting
from writer.settings.store import SettingsStore
from writer.text.language import LANGUAGES, Language

SETTINGS: dict[Language, Setting[str]] = {"en": MODEL_NAME, "zh": MODEL_CHINESE}


def written_as(language: str) -> Language:
    """The language whose model writes texts in `language`: English for all without a setting of their own."""
    return next((known for known in LANGUAGES if known == language), "en")


def use_model(settings: SettingsStore, model: str, languages: Iterable[str] = ()) -> tuple[Language, ...]:
    """Select a model, by its id or folder, for `languages`, or for all where none are given; returns those.

    Raises SettingsError.
    """
    wanted = {written_as(language) for language in languages} or set(LANGUAGES)
    selected = tuple(language for language in LANGUAGES if language in wanted)
    for language in selected:
        settings.set(SETTINGS[language], model)
    return selected


def used_models(settings: SettingsStore) -> set[str]:
    """The ids and folders of the models that are selected for any language."""
    return {model for setting in SETTINGS.values() if (model := settings.get(setting))}


def replace_model(settings: SettingsStore, model: str, other: str) -> None:
    """Select `other` for the languages for which `model` is selected. Raises SettingsError."""
    use = [language for language, setting in SETTINGS.items() if settings.get(setting) == model]
    if use:
        use_model(settings, other, use)
