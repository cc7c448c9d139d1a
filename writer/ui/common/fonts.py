"""The fonts to write in: the program's own, and all that are installed."""

from __future__ import annotations

from PySide6.QtGui import QFontDatabase

SERIF, SANS = "serif", "sans"
_FALLBACKS = {
    SERIF: (
        *("Source Serif Pro", "Source Han Serif SC", "Noto Serif CJK SC", "Songti SC", "SimSun"),
        *("Noto Sans CJK SC", "serif"),
    ),
    SANS: (
        *("Source Sans Pro", "Source Han Sans SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei"),
        *("WenQuanYi Zen Hei", "sans-serif"),
    ),
}
"""The families of the program's own fonts, and fallbacks for missing characters."""


def families_of(font: str) -> tuple[str, ...]:
    """The families for a font of the settings, which is `SERIF`, `SANS` or the name of a family.

    A family that is not installed is left out, so that the program's serif font takes its place.
    """
    families = _FALLBACKS.get(font) or (font, *_FALLBACKS[SERIF])
    return tuple(family for family in families if QFontDatabase.hasFamily(family)) or families[-1:]


def installed_families() -> list[str]:
    """The installed families that text can be written in, without those for symbols alone."""
    database = QFontDatabase
    symbols = [database.WritingSystem.Symbol]
    return [
        family
        for family in database.families()
        if not database.isPrivateFamily(family)
        and database.isSmoothlyScalable(family)
        and not family.startswith("@")  # for vertical text
        and database.writingSystems(family) != symbols
    ]
