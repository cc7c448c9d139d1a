"""Text over the colours of its origins is legible in each theme, and the lines below it can be seen."""

from __future__ import annotations

import pytest

from tests.ui.common.test_theme import SIDES, contrast, theme
from writer.ui.panels.authorship_bar import mixed


@pytest.mark.parametrize(("name", "side"), SIDES)
def test_text_over_the_colours_is_legible(name: str, side: str) -> None:
    colours = theme(side, name).colours
    for colour in (colours.accent, colours.warning, colours.muted):
        assert contrast(colours.text, mixed(colour, colours.page, 0.2).name()) >= 4.5
        assert contrast(colours.page, mixed(colour, colours.page, 0.7).name()) >= 3
