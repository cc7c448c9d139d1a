"""The settings of the editor: how the text looks, and what helps with writing it."""

from __future__ import annotations

from typing import Any

from writer.settings.setting import Setting
from writer.settings.value_types import BoolType, ChoiceType, IntType, Option

EDITOR_FONT = Setting(
    key="editor.font",
    kind=ChoiceType((Option("serif", "Source Serif"), Option("sans", "Source Sans"))),
    default="serif",
    page="editor",
    label="Font",
)
EDITOR_FONT_SIZE = Setting(
    key="editor.font_size",
    kind=IntType(8, 48, unit="pt"),
    default=14,
    page="editor",
    label="Text size",
)
EDITOR_LINE_WIDTH = Setting(
    key="editor.line_width",
    kind=IntType(30, 160, step=2, unit="characters"),
    default=72,
    page="editor",
    label="Line width",
    help="The widest a line of text may grow. Lines of 60 to 75 characters read best.",
)
EDITOR_MARKDOWN = Setting(
    key="editor.markdown",
    kind=BoolType(),
    default=True,
    page="editor",
    label="Show what Markdown means",
    help="Headings and **strong** text are bold, *emphasis* is slanted, and the marks step back.",
)
EDITOR_QUOTES = Setting(
    key="editor.quotes",
    kind=BoolType(),
    default=False,
    page="editor",
    label="Typographic quotation marks",
    help="The straight marks of the keyboard become “these” while you type.",
)
EDITOR_SPELLING = Setting(
    key="editor.spelling",
    kind=ChoiceType(
        (
            Option("off", "Not checked"),
            Option("en_US", "American English"),
            Option("en_GB", "British English"),
        )
    ),
    default="en_US",
    page="editor",
    label="Spelling",
    help="Wrong words get a wave; the menu of the right button has better ones, {spell.next} finds the next.",
)
EDITOR_FOCUS = Setting(
    key="editor.focus",
    kind=ChoiceType(
        (
            Option("off", "All of the text"),
            Option("paragraph", "The paragraph"),
            Option("sentence", "The sentence"),
        )
    ),
    default="off",
    page="editor",
    label="In focus",
    help="Everything but what you are writing steps back.",
)
EDITOR_TYPEWRITER = Setting(
    key="editor.typewriter",
    kind=BoolType(),
    default=False,
    page="editor",
    label="Keep the line in the middle",
    help="The text scrolls like paper in a typewriter.",
)
EDITOR_OUTLINE = Setting(
    key="editor.outline",
    kind=BoolType(),
    default=False,
    page="editor",
    label="Show the outline",
    help="The headings of the text, beside it.",
)
EDITOR_GOAL = Setting(
    key="editor.goal",
    kind=IntType(0, 20000, step=100, unit="words", lowest="None"),
    default=0,
    page="editor",
    label="Goal for a session",
    help="What you write from the start of the program to its end. Chinese characters are words.",
)

EDITOR_SETTINGS: tuple[Setting[Any], ...] = (
    EDITOR_FONT,
    EDITOR_FONT_SIZE,
    EDITOR_LINE_WIDTH,
    EDITOR_MARKDOWN,
    EDITOR_QUOTES,
    EDITOR_SPELLING,
    EDITOR_FOCUS,
    EDITOR_TYPEWRITER,
    EDITOR_OUTLINE,
    EDITOR_GOAL,
)
"""In the order in which the pane shows them."""
