"""What is known of the suggestions of the models that the settings choose."""

from __future__ import annotations

from collections.abc import Mapping

from writer.app.models.model_selection import model_name, model_preferences
from writer.models import calibrations
from writer.models.calibrations import MeasuredSuggestions
from writer.models.store import ModelError, installed_store
from writer.settings.store import SettingsStore
from writer.suggestions.gate import LEVELS
from writer.text.language import LANGUAGES, Language


def measured_suggestions(settings: SettingsStore, language: Language) -> MeasuredSuggestions:
    """What is known of the model that writes `language`, nothing where nothing is. Reads files."""
    store = installed_store()
    try:
        model = store.find(model_name(model_preferences(settings), language))
    except ModelError:
        return MeasuredSuggestions()
    return calibrations.known(store, model).get(language, MeasuredSuggestions())


def shares_by_language(settings: SettingsStore) -> Mapping[Language, Mapping[str, float]]:
    """The share of ghosts that begin right, by level, in each language of the settings.

    English has the usual shares where none were measured; another language is then left out.
    """
    fixed = model_preferences(settings).language
    shares: dict[Language, Mapping[str, float]] = {}
    for language in LANGUAGES if fixed == "auto" else (fixed,):
        measured = measured_suggestions(settings, language).right
        usual = {level.name: level.precision for level in LEVELS}
        if measured or language == "en":
            shares[language] = {name: measured.get(name, share) for name, share in usual.items()}
    return shares
