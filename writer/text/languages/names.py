"""The English names of languages, which a window can translate."""

from __future__ import annotations

from writer.base.errors import Sentence

_NAMES = {
    "af": Sentence("Afrikaans"),
    "be": Sentence("Belarusian"),
    "bg": Sentence("Bulgarian"),
    "ca": Sentence("Catalan"),
    "cs": Sentence("Czech"),
    "da": Sentence("Danish"),
    "de": Sentence("German"),
    "el": Sentence("Greek"),
    "en": Sentence("English"),
    "eo": Sentence("Esperanto"),
    "es": Sentence("Spanish"),
    "et": Sentence("Estonian"),
    "eu": Sentence("Basque"),
    "fi": Sentence("Finnish"),
    "fr": Sentence("French"),
    "gl": Sentence("Galician"),
    "he": Sentence("Hebrew"),
    "hr": Sentence("Croatian"),
    "hu": Sentence("Hungarian"),
    "hy": Sentence("Armenian"),
    "id": Sentence("Indonesian"),
    "is": Sentence("Icelandic"),
    "it": Sentence("Italian"),
    "ja": Sentence("Japanese"),
    "ka": Sentence("Georgian"),
    "ko": Sentence("Korean"),
    "lt": Sentence("Lithuanian"),
    "lv": Sentence("Latvian"),
    "mk": Sentence("Macedonian"),
    "nb": Sentence("Norwegian"),
    "nl": Sentence("Dutch"),
    "pl": Sentence("Polish"),
    "pt": Sentence("Portuguese"),
    "ro": Sentence("Romanian"),
    "ru": Sentence("Russian"),
    "sk": Sentence("Slovak"),
    "sl": Sentence("Slovenian"),
    "sq": Sentence("Albanian"),
    "sr": Sentence("Serbian"),
    "sv": Sentence("Swedish"),
    "tr": Sentence("Turkish"),
    "uk": Sentence("Ukrainian"),
    "vi": Sentence("Vietnamese"),
    "zh": Sentence("Chinese"),
}


def language_name(code: str) -> Sentence:
    """The name of a language by its code (ISO 639-1); "another language" for one that is not known."""
    return _NAMES.get(code, Sentence("another language"))
