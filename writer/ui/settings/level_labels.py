"""The positions of the setting for suggestions, with how many ghosts begin right, in words."""

from __future__ import annotations

from writer.app.models.measured_suggestions import shares_by_language
from writer.settings.schema import LEVEL_OPTIONS
from writer.settings.store import SettingsStore
from writer.text.language import Language
from writer.ui.common.translation import translatable
from writer.ui.settings.controls import translated

_SHARES = (
    (0.9, translatable("settings", "nine of ten")),
    (0.8, translatable("settings", "four of five")),
    (0.75, translatable("settings", "three of four")),
    (0.667, translatable("settings", "two of three")),
    (0.6, translatable("settings", "three of five")),
    (0.5, translatable("settings", "half")),
    (0.4, translatable("settings", "two of five")),
    (0.333, translatable("settings", "one of three")),
    (0.25, translatable("settings", "one of four")),
    (0.2, translatable("settings", "one of five")),
    (0.1, translatable("settings", "one of ten")),
)
_LANGUAGES: dict[Language, str] = {
    "en": translatable("settings", "in English"),
    "zh": translatable("settings", "in Chinese"),
}


def level_labels(settings: SettingsStore) -> list[tuple[str, str]]:
    """Each position, and its label in the window's language, as measured for the models of the settings."""
    shares = shares_by_language(settings)
    labels = []
    for option in LEVEL_OPTIONS:
        label = translated(option.label)
        said = [(language, share_in_words(found[option.value])) for language, found in shares.items()]
        if len({share for _language, share in said}) == 1:
            label = translated("{label}: about {share} begin right").format(label=label, share=said[0][1])
        elif said:
            label = translated("{label}: about {shares}").format(
                label=label,
                shares=", ".join(
                    translated("{share} {language}").format(
                        share=share, language=translated(_LANGUAGES[language])
                    )
                    for language, share in said
                ),
            )
        labels.append((option.value, label))
    return labels


def share_in_words(share: float) -> str:
    """The nearest share for which there are words, in the window's language."""
    return translated(min(_SHARES, key=lambda one: abs(one[0] - share))[1])
