"""The schema of the editor's settings."""

from __future__ import annotations

from typing import Any

from writer.settings.setting import Setting
from writer.settings.value_types import BoolType, ChoiceType, FloatType, IntType, OpenChoiceType, Option

EDITOR_FONT = Setting(
    key="editor.font",
    value_type=OpenChoiceType((Option("serif", "Source Serif"), Option("sans", "Source Sans"))),
    default="serif",
    page="appearance",
    label="Font",
)
EDITOR_FONT_SIZE = Setting(
    key="editor.font_size",
    value_type=IntType(8, 48, unit="pt"),
    default=14,
    page="appearance",
    label="Text size",
    help="{view.larger} and {view.smaller} change it, too.",
)
EDITOR_LINE_SPACING = Setting(
    key="editor.line_spacing",
    value_type=FloatType(1.2, 3.0, step=0.05),
    default=1.55,
    page="appearance",
    label="Line spacing",
    help="The distance from line to line; 1 is the size of the text.",
)
EDITOR_PARAGRAPH_SPACING = Setting(
    key="editor.paragraph_spacing",
    value_type=FloatType(0.0, 3.0, step=0.25, unit="lines"),
    default=0.0,
    page="appearance",
    label="Paragraph spacing",
    help="Room below each paragraph. The text itself does not change.",
)
EDITOR_LINE_WIDTH = Setting(
    key="editor.line_width",
    value_type=IntType(30, 160, step=2, unit="characters"),
    default=72,
    page="appearance",
    label="Line width",
    help="The widest a line of text may grow. Lines of 60 to 75 characters read best.",
)
EDITOR_MARKDOWN = Setting(
    key="editor.markdown",
    value_type=BoolType(),
    default=True,
    page="editor",
    label="Show what Markdown means",
    help="Headings are large, lists and quotations are indented, code has a face of its own, "
    "**strong** text is bold, *emphasis* is slanted, and the marks step back.",
)
EDITOR_QUOTES = Setting(
    key="editor.quotes",
    value_type=BoolType(),
    default=False,
    page="editor",
    label="Typographic quotation marks",
    help="The straight marks of the keyboard become “these” while you type.",
)
EDITOR_QUOTE_MARKS = Setting(
    key="editor.quote_marks",
    value_type=ChoiceType(
        (
            Option("english", "“English” and ‘within’"),
            Option("german", "„German“ and ‚within‘"),
            Option("french", "« French » and ‘within’"),
            Option("chinese", "“Chinese” and ‘within’"),
            Option("corner", "「Chinese」 and 『within』"),
        )
    ),
    default="english",
    page="editor",
    label="Marks",
    help="The typographic marks that your text has. Suggestions have the same.",
)
EDITOR_DASHES = Setting(
    key="editor.dashes",
    value_type=BoolType(),
    default=False,
    page="editor",
    label="Dashes and ellipses",
    help="Two hyphens become a dash, a third makes it long, and three points become one character.",
)
EDITOR_LISTS = Setting(
    key="editor.lists",
    value_type=BoolType(),
    default=True,
    page="editor",
    label="Lists and tables go on by themselves",
    help="Enter begins the next item of a list, line of a quotation or row of a table; in an empty one it "
    "ends them. The columns of a table are aligned when the cursor leaves it.",
)
EDITOR_PAIRS = Setting(
    key="editor.pairs",
    value_type=BoolType(),
    default=True,
    page="editor",
    label="Close brackets and marks",
    help="An opening one brings its closing one, which is typed through; both go around what is selected.",
)
EDITOR_SPELLING = Setting(
    key="editor.spelling",
    value_type=OpenChoiceType(
        (
            Option("off", "Not checked"),
            Option("en_US", "American English"),
            Option("en_GB", "British English"),
        )
    ),
    default="en_US",
    page="editor",
    label="Spelling",
    help="Wrong words get a wave; the menu of the right button has better ones, {spell.next} finds the next. "
    "A text in another language is checked with a dictionary of that, where there is one, else not at all.",
)
EDITOR_FOCUS = Setting(
    key="editor.focus",
    value_type=ChoiceType(
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
    value_type=BoolType(),
    default=False,
    page="editor",
    label="Keep the line in the middle",
    help="The text scrolls like paper in a typewriter.",
)
EDITOR_OUTLINE = Setting(
    key="editor.outline",
    value_type=BoolType(),
    default=False,
    page="editor",
    label="Show the outline",
    help="The headings of the text, beside it.",
)
EDITOR_PREVIEW = Setting(
    key="editor.preview",
    value_type=BoolType(),
    default=False,
    page="editor",
    label="Show the preview",
    help="The text as it will be printed or shared, beside it.",
)
EDITOR_GOAL = Setting(
    key="editor.goal",
    value_type=IntType(0, 20000, step=100, unit="words", minimum_text="None"),
    default=0,
    page="editor",
    label="Goal for a session",
    help="What you write from the start of the program to its end. Chinese characters are words.",
)
EDITOR_AUTOSAVE = Setting(
    key="editor.autosave",
    value_type=BoolType(),
    default=False,
    page="editor",
    label="Save by itself",
    help="Into the file of a text that has one: when you pause, go to another program, or close. "
    "A file that another program changed is left alone.",
)
EDITOR_VERSIONS = Setting(
    key="editor.versions",
    value_type=BoolType(),
    default=True,
    page="editor",
    label="Keep versions",
    help="What you save is kept on this computer, fewer the older it gets; {file.versions} shows it.",
)
EDITOR_AUTHORSHIP = Setting(
    key="editor.authorship",
    value_type=BoolType(),
    default=True,
    page="editor",
    label="Remember where text comes from",
    help="Whether you typed it, took it from a suggestion, pasted or imported it; on this computer alone, "
    "never in your files. {view.authorship} shows it.",
)
EDITOR_DAY_GOAL = Setting(
    key="editor.day_goal",
    value_type=IntType(0, 20000, step=100, unit="words", minimum_text="None"),
    default=0,
    page="editor",
    label="Goal for a day",
    help="What you write on one day, in all texts. View, Goal for This Text… sets that of a single one.",
)

EDITOR_SETTINGS: tuple[Setting[Any], ...] = (
    EDITOR_FONT,
    EDITOR_FONT_SIZE,
    EDITOR_LINE_SPACING,
    EDITOR_PARAGRAPH_SPACING,
    EDITOR_LINE_WIDTH,
    EDITOR_MARKDOWN,
    EDITOR_QUOTES,
    EDITOR_QUOTE_MARKS,
    EDITOR_DASHES,
    EDITOR_LISTS,
    EDITOR_PAIRS,
    EDITOR_SPELLING,
    EDITOR_FOCUS,
    EDITOR_TYPEWRITER,
    EDITOR_OUTLINE,
    EDITOR_PREVIEW,
    EDITOR_GOAL,
    EDITOR_AUTOSAVE,
    EDITOR_VERSIONS,
    EDITOR_AUTHORSHIP,
    EDITOR_DAY_GOAL,
)
"""The settings in the order of the settings dialog."""
