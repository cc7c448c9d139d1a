"""The schema of the settings, from which the file, its validation and the settings dialog are made.

The texts are English source strings. The window translates them when it shows them, and replaces an action's
name in braces by its shortcut.
"""

from __future__ import annotations

from writer.settings.editor_schema import EDITOR_SETTINGS
from writer.settings.personalise_schema import PERSONALISE_AGAIN, PERSONALISE_CHOICES
from writer.settings.server_schema import SERVER_SETTINGS
from writer.settings.setting import Schema, Setting, SettingsPage
from writer.settings.value_types import (
    BoolType,
    ChoiceType,
    FolderType,
    IntType,
    OpenChoiceType,
    Option,
    TextList,
    TextType,
    ValueType,
)
from writer.suggestions.gate import DEFAULT_LEVEL

THEMES = "themes"
"""The folder of the user's themes, beside the settings."""


def shortcut_key(action: str) -> str:
    """The key of the setting for the shortcut of this action."""
    return f"keys.{action.replace('.', '_')}"


def shortcut_setting(action: str, value_type: ValueType[str], label: str) -> Setting[str]:
    """The setting for the shortcut of an action; the window declares one for each of its actions."""
    return Setting(shortcut_key(action), value_type, default="", page="keys", label=label)


SUGGESTIONS_ENABLED = Setting(
    key="suggestions.enabled",
    value_type=BoolType(),
    default=True,
    page="suggestions",
    label="Suggest text while I type",
    help="A suggestion appears in grey behind the cursor. {suggest.ask} asks for one even while this is off.",
)
LEVEL_OPTIONS = (
    Option("sure", "Only when sure"),
    Option("careful", "When fairly sure"),
    Option("balanced", "Balanced"),
    Option("often", "Often"),
    Option("always", "Always"),
)
SUGGESTIONS_LEVEL = Setting(
    key="suggestions.level",
    value_type=ChoiceType(LEVEL_OPTIONS),
    default=DEFAULT_LEVEL,
    page="suggestions",
    label="Show suggestions",
    help="Few that fit, or many to choose from. A suggestion begins right where its first word is the "
    "writer's own, counted for your model on general texts when it was made ready. {suggest.ask} shows what "
    "there is, however unsure.",
)
SUGGESTIONS_LEARN = Setting(
    key="suggestions.learn",
    value_type=BoolType(),
    default=True,
    page="suggestions",
    label="Learn which suggestions I take",
    help="Those that you hardly ever take are shown less. A few numbers without any text, on this computer "
    "alone; Privacy clears them.",
)
SUGGESTIONS_SAFETY = Setting(
    key="suggestions.safety",
    value_type=BoolType(),
    default=True,
    page="suggestions",
    label="Withhold what may hurt",
    help="Keeps back insults, guesses at somebody's gender, and what looks like a password or a card number.",
)
SUGGESTIONS_CORRECTIONS = Setting(
    key="suggestions.corrections",
    value_type=BoolType(),
    default=True,
    page="suggestions",
    label="Offer corrections",
    help="When you pause, a word just typed that is wrong is struck through in grey, with the right one "
    "above it; {suggest.correct} takes that, {suggest.dismiss} declines it. For English where spelling is "
    "checked.",
)
SUGGESTIONS_LENGTH = Setting(
    key="suggestions.length",
    value_type=IntType(1, 64, unit="pieces"),
    default=16,
    page="suggestions",
    label="Longest suggestion",
    help="In the pieces of words that the model writes: four are about three English words, or four to eight "
    "Chinese characters.",
)
SUGGESTIONS_DELAY = Setting(
    key="suggestions.delay",
    value_type=IntType(0, 2000, step=50, unit="ms", minimum_text="At once"),
    default=0,
    page="suggestions",
    label="Wait before showing",
    help="How long to pause after a key before a suggestion may appear.",
)
MODEL_NAME = Setting(
    key="model.name",
    value_type=FolderType(placeholder="The starter model"),
    default="",
    page="model",
    label="Model for English text",
    help="The name of an installed model, or the folder of one.",
)
MODEL_CHINESE = Setting(
    key="model.chinese",
    value_type=FolderType(placeholder="An installed one that writes Chinese"),
    default="",
    page="model",
    label="Model for Chinese text",
    help="The text before the cursor tells which of the two models writes.",
)
MODEL_LANGUAGE = Setting(
    key="model.language",
    value_type=ChoiceType(
        (
            Option("auto", "Told by the text"),
            Option("en", "Always English"),
            Option("zh", "Always Chinese"),
        )
    ),
    default="auto",
    page="model",
    label="Language of suggestions",
)
MODEL_DEVICE = Setting(
    key="model.device",
    value_type=ChoiceType(
        (
            Option("auto", "Automatic"),
            Option("cpu", "Processor (CPU)"),
            Option("cuda", "NVIDIA graphics (CUDA)"),
            Option("mps", "Apple graphics (MPS)"),
        )
    ),
    default="auto",
    page="model",
    label="Runs on",
    help="Automatic takes a graphics card where there is one that is faster than the processor.",
)
ENGINE_BATTERY = Setting(
    key="engine.battery",
    value_type=BoolType(),
    default=True,
    page="model",
    label="Do less on battery",
    help="Away from the mains, nothing is computed that you have not asked for yet.",
)
ENGINE_REST = Setting(
    key="engine.rest",
    value_type=IntType(0, 240, step=5, unit="minutes", minimum_text="Never"),
    default=0,
    page="model",
    label="Give the model's memory back after",
    help="When you have not written for so long. The next suggestion then takes a second longer.",
)
ENGINE_THREADS = Setting(
    key="engine.threads",
    value_type=IntType(0, 64, minimum_text="Automatic"),
    default=0,
    page="model",
    label="Processor threads",
    help="Automatic leaves one core free for the window while you type.",
    restart=True,
)
HUB_ENDPOINT = Setting(
    key="hub.endpoint",
    value_type=TextType(placeholder="https://huggingface.co"),
    default="",
    page="model",
    label="Where models come from",
    help="The address of the Hugging Face Hub or of a mirror. It is asked only when you get a model.",
)
PERSONALISE_FOLDER = Setting(
    key="personalise.folder",
    value_type=FolderType(placeholder="The folder that holds what you wrote"),
    default="",
    page="personalise",
    label="Learn from",
    help="Text, Markdown, Word, OpenDocument, RTF, web pages, e-books, LaTeX, PDF; its subfolders, too.",
)
PERSONALISE_EXCLUDED = Setting(
    key="personalise.excluded",
    value_type=TextList(placeholder="draft*\nmy letters.txt"),
    default=(),
    page="personalise",
    label="Leave out",
    help="Names of files, or patterns, one in each line.",
)
PERSONALISE_OWN_ADDRESSES = Setting(
    key="personalise.own_addresses",
    value_type=TextList(),
    default=(),
    page="personalise",
    label="Your mail addresses",
    help="One in each line. Of mails, only those that come from these are learned.",
    has_row=False,
)
PERSONALISE_METHOD = Setting(
    key="personalise.method",
    value_type=ChoiceType(
        (
            Option("auto", "Automatic"),
            Option("lora", "A small part of the model: quicker (LoRA)"),
            Option("full", "The whole model"),
        ),
        rare=(Option("qlora", "A small part, on a model in 4 bits: least memory (QLoRA)"),),
    ),
    default="auto",
    page="personalise",
    label="What learns",
    help="Automatic takes the whole model where a graphics card has room for it.",
    folded=True,
)
APPEARANCE_THEME = Setting(
    key="appearance.theme",
    value_type=ChoiceType(
        (
            Option("system", "Same as the system"),
            Option("light", "Light"),
            Option("dark", "Dark"),
        )
    ),
    default="system",
    page="appearance",
    label="Theme",
)
APPEARANCE_COLOURS = Setting(
    key="appearance.colours",
    value_type=OpenChoiceType(
        (
            Option("paper", "Paper"),
            Option("sepia", "Sepia"),
            Option("sea", "Sea"),
            Option("moss", "Moss"),
            Option("contrast", "High contrast"),
        )
    ),
    default="paper",
    page="appearance",
    label="Colours",
    help="Each has a light and a dark side.",
)

STATISTICS_ENABLED = Setting(
    key="statistics.enabled",
    value_type=BoolType(),
    default=True,
    page="statistics",
    label="Count what suggestions are worth",
    help="Numbers only, no text, and on this computer alone.",
)
UPDATES_ENABLED = Setting(
    key="updates.enabled",
    value_type=BoolType(),
    default=False,
    page="privacy",
    label="Tell me when there is a new version",
    help="Asks the address below once at each start. Nothing about you is sent, and nothing is installed.",
)
UPDATES_ADDRESS = Setting(
    key="updates.address",
    value_type=TextType(placeholder="https://example.org/releases/latest"),
    default="",
    page="privacy",
    label="Where to ask for new versions",
    help="An address that answers with the newest version as JSON, as GitHub's releases do.",
)
LANGUAGE_WINDOW = Setting(
    key="language.window",
    value_type=ChoiceType(
        (
            Option("system", "Same as the system"),
            Option("en", "English"),
            Option("zh", "简体中文"),
        )
    ),
    default="system",
    page="language",
    label="Language of the window",
    help="Menus, settings and messages. What you write may be in any language.",
)

PERSONALISE = (
    "The model can learn how you write, from texts of your own. All of it happens on this computer: "
    "nothing is sent anywhere, and your texts are only read."
)

SERVER = (
    "When this computer is too small, a server that you or your team already run can make the suggestions. "
    "While it does, the status bar names it. If it fails, the model on this computer takes over."
)

KEYS = (
    "Press a button, then the keys that the action is to have. "
    "Backspace takes its keys away, Esc changes nothing."
)

PRIVACY = (
    "What you write stays on this computer, unless you switch on a server of your own under Server. The "
    "model runs here, suggestions are made here, and no statistics and no crash reports are sent anywhere."
    "\n\n"
    "Your documents lie where you save them. Everything else that Writer keeps lies in folders that only "
    "your account can read:"
)

SCHEMA = Schema(
    pages=(
        SettingsPage("suggestions", "Suggestions", "settings-suggestions"),
        SettingsPage("model", "Model", "settings-model"),
        SettingsPage("personalise", "Personalise", "settings-personalise", statement=PERSONALISE),
        SettingsPage("server", "Server", "settings-server", statement=SERVER),
        SettingsPage("editor", "Editor", "settings-editor"),
        SettingsPage("appearance", "Appearance", "settings-appearance", widgets_first=True),
        SettingsPage("keys", "Keys", "settings-keys", statement=KEYS),
        SettingsPage("statistics", "Statistics", "settings-statistics"),
        SettingsPage("privacy", "Privacy", "settings-privacy", statement=PRIVACY),
        SettingsPage("language", "Language", "settings-language"),
    ),
    settings=(
        SUGGESTIONS_ENABLED,
        SUGGESTIONS_LEVEL,
        SUGGESTIONS_LEARN,
        SUGGESTIONS_LENGTH,
        SUGGESTIONS_DELAY,
        SUGGESTIONS_SAFETY,
        SUGGESTIONS_CORRECTIONS,
        MODEL_NAME,
        MODEL_CHINESE,
        MODEL_LANGUAGE,
        MODEL_DEVICE,
        ENGINE_BATTERY,
        ENGINE_REST,
        ENGINE_THREADS,
        HUB_ENDPOINT,
        PERSONALISE_FOLDER,
        PERSONALISE_EXCLUDED,
        PERSONALISE_OWN_ADDRESSES,
        PERSONALISE_AGAIN,
        PERSONALISE_METHOD,
        *PERSONALISE_CHOICES,
        *SERVER_SETTINGS,
        APPEARANCE_THEME,
        APPEARANCE_COLOURS,
        *EDITOR_SETTINGS,
        STATISTICS_ENABLED,
        UPDATES_ENABLED,
        UPDATES_ADDRESS,
        LANGUAGE_WINDOW,
    ),
)
