"""The actions of the window with their default shortcuts.

Labels are translated when they are shown. `Actions` knows the current keys; the settings' are in
`shortcuts.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from writer.ui.common.translation import translatable
from writer.ui.window.action_id import ActionId

Standard = QKeySequence.StandardKey
_PORTABLE = QKeySequence.SequenceFormat.PortableText


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """The specification of an action: its name in settings, its label, its default keys, and how it appears.

    A standard key may stand for no key at all, because Qt knows none on many desktops. `ghost` actions are
    enabled only while ghost text is shown, `correction` actions while a correction is.
    """

    name: ActionId
    label: str
    keys: tuple[str | Standard, ...] = ()
    ghost: bool = False
    correction: bool = False
    checkable: bool = False
    role: QAction.MenuRole = QAction.MenuRole.NoRole


@dataclass(frozen=True, slots=True)
class MenuSpec:
    """The specification of a menu: its label, and its actions; None is a separator."""

    label: str
    actions: tuple[ActionId | None, ...]


ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec(ActionId.FILE_NEW, translatable("Actions", "&New"), (Standard.New, "Ctrl+N")),
    ActionSpec(ActionId.FILE_OPEN, translatable("Actions", "&Open…"), (Standard.Open, "Ctrl+O")),
    ActionSpec(ActionId.FILE_OPEN_FOLDER, translatable("Actions", "Open Fol&der…"), ("Ctrl+Shift+O",)),
    ActionSpec(ActionId.FILE_QUICK_OPEN, translatable("Actions", "Open &by Name…"), ("Ctrl+P",)),
    ActionSpec(ActionId.FILE_CLOSE, translatable("Actions", "&Close"), (Standard.Close, "Ctrl+W")),
    ActionSpec(ActionId.FILE_SAVE, translatable("Actions", "&Save"), (Standard.Save, "Ctrl+S")),
    ActionSpec(ActionId.FILE_SAVE_AS, translatable("Actions", "Save &As…"), ("Ctrl+Shift+S",)),
    ActionSpec(ActionId.FILE_VERSIONS, translatable("Actions", "Versions…"), ("Ctrl+Shift+H",)),
    ActionSpec(ActionId.FILE_ENCODING, translatable("Actions", "Enc&oding…"), ("Shift+F12",)),
    ActionSpec(ActionId.FILE_IMPORT, translatable("Actions", "&Import…"), ("Ctrl+Shift+I",)),
    ActionSpec(ActionId.FILE_EXPORT, translatable("Actions", "&Export…"), ("Ctrl+Shift+E",)),
    ActionSpec(
        ActionId.FILE_EXPORT_AUTHORSHIP,
        translatable("Actions", "Export Where Text Comes From…"),
        ("Ctrl+Shift+F7",),
    ),
    ActionSpec(ActionId.FILE_PRINT_PREVIEW, translatable("Actions", "Print Pre&view"), ("Ctrl+Alt+P",)),
    ActionSpec(ActionId.FILE_PRINT, translatable("Actions", "&Print…"), ("Ctrl+Shift+P",)),
    ActionSpec(
        ActionId.FILE_QUIT, translatable("Actions", "&Quit"), ("Ctrl+Q",), role=QAction.MenuRole.QuitRole
    ),
    ActionSpec(ActionId.EDIT_UNDO, translatable("Actions", "&Undo"), (Standard.Undo, "Ctrl+Z")),
    ActionSpec(ActionId.EDIT_REDO, translatable("Actions", "&Redo"), ("Ctrl+Shift+Z", "Ctrl+Y")),
    ActionSpec(ActionId.EDIT_CUT, translatable("Actions", "Cu&t"), (Standard.Cut, "Ctrl+X")),
    ActionSpec(ActionId.EDIT_COPY, translatable("Actions", "&Copy"), (Standard.Copy, "Ctrl+C")),
    ActionSpec(ActionId.EDIT_COPY_RICH, translatable("Actions", "Copy as Ric&h Text"), ("Ctrl+Shift+C",)),
    ActionSpec(ActionId.EDIT_PASTE, translatable("Actions", "&Paste"), (Standard.Paste, "Ctrl+V")),
    ActionSpec(ActionId.EDIT_PASTE_PLAIN, translatable("Actions", "Paste as Plain Te&xt"), ("Ctrl+Shift+V",)),
    ActionSpec(
        ActionId.EDIT_SELECT_ALL, translatable("Actions", "Select &All"), (Standard.SelectAll, "Ctrl+A")
    ),
    ActionSpec(ActionId.EDIT_LINE_UP, translatable("Actions", "Move &Line Up"), ("Alt+Up",)),
    ActionSpec(ActionId.EDIT_LINE_DOWN, translatable("Actions", "Move Line &Down"), ("Alt+Down",)),
    ActionSpec(ActionId.FORMAT_STRONG, translatable("Actions", "&Bold"), ("Ctrl+B",)),
    ActionSpec(ActionId.FORMAT_EMPHASIS, translatable("Actions", "&Italic"), ("Ctrl+I",)),
    ActionSpec(ActionId.FORMAT_LINK, translatable("Actions", "&Link"), ("Ctrl+K",)),
    ActionSpec(
        ActionId.FORMAT_FOLLOW, translatable("Actions", "&Follow Link"), ("Ctrl+Return", "Ctrl+Enter")
    ),
    ActionSpec(ActionId.FORMAT_CHECK_BOX, translatable("Actions", "&Check Box"), ("Ctrl+L",)),
    ActionSpec(ActionId.FORMAT_HEADING_1, translatable("Actions", "Heading &1"), ("Ctrl+1",)),
    ActionSpec(ActionId.FORMAT_HEADING_2, translatable("Actions", "Heading &2"), ("Ctrl+2",)),
    ActionSpec(ActionId.FORMAT_HEADING_3, translatable("Actions", "Heading &3"), ("Ctrl+3",)),
    ActionSpec(ActionId.FORMAT_HEADING_4, translatable("Actions", "Heading &4"), ("Ctrl+4",)),
    ActionSpec(ActionId.FORMAT_HEADING_5, translatable("Actions", "Heading &5"), ("Ctrl+5",)),
    ActionSpec(ActionId.FORMAT_HEADING_6, translatable("Actions", "Heading &6"), ("Ctrl+6",)),
    ActionSpec(ActionId.EDIT_FIND, translatable("Actions", "&Find…"), (Standard.Find, "Ctrl+F")),
    ActionSpec(ActionId.EDIT_FIND_NEXT, translatable("Actions", "Find Ne&xt"), (Standard.FindNext, "F3")),
    ActionSpec(
        ActionId.EDIT_FIND_PREVIOUS,
        translatable("Actions", "Find Pre&vious"),
        (Standard.FindPrevious, "Shift+F3"),
    ),
    ActionSpec(
        ActionId.EDIT_REPLACE,
        translatable("Actions", "&Replace…"),
        (Standard.Replace, "Ctrl+H", "Ctrl+Alt+F"),
    ),
    ActionSpec(ActionId.FIND_IN_FOLDER, translatable("Actions", "Find in &All Texts…"), ("Ctrl+Shift+F",)),
    ActionSpec(ActionId.FIND_CASE, translatable("Actions", "Match Case"), ("Alt+C",), checkable=True),
    ActionSpec(ActionId.FIND_WHOLE, translatable("Actions", "Whole Words"), ("Alt+W",), checkable=True),
    ActionSpec(
        ActionId.FIND_REGEX, translatable("Actions", "Regular Expression"), ("Alt+R",), checkable=True
    ),
    ActionSpec(ActionId.FIND_LIST, translatable("Actions", "List of Matches"), ("Alt+L",), checkable=True),
    ActionSpec(ActionId.FIND_REPLACE, translatable("Actions", "Replace This"), ("Ctrl+Alt+R",)),
    ActionSpec(ActionId.FIND_REPLACE_ALL, translatable("Actions", "Replace All"), ("Ctrl+Alt+Return",)),
    ActionSpec(ActionId.SPELL_NEXT, translatable("Actions", "Next &Misspelt Word"), ("F7",)),
    ActionSpec(ActionId.VIEW_LARGER, translatable("Actions", "&Larger Text"), ("Ctrl++", "Ctrl+=")),
    ActionSpec(ActionId.VIEW_SMALLER, translatable("Actions", "&Smaller Text"), ("Ctrl+-",)),
    ActionSpec(ActionId.VIEW_USUAL, translatable("Actions", "&Usual Text Size"), ("Ctrl+0",)),
    ActionSpec(ActionId.VIEW_OUTLINE, translatable("Actions", "&Outline"), ("F9",), checkable=True),
    ActionSpec(
        ActionId.VIEW_FOLDER, translatable("Actions", "Folder of Te&xts"), ("Shift+F9",), checkable=True
    ),
    ActionSpec(ActionId.VIEW_PREVIEW, translatable("Actions", "&Preview"), ("F5",), checkable=True),
    ActionSpec(
        ActionId.VIEW_PREVIEW_ONLY,
        translatable("Actions", "Preview &Instead of the Text"),
        ("Shift+F5",),
        checkable=True,
    ),
    ActionSpec(ActionId.VIEW_FOLD, translatable("Actions", "Fol&d or Show Section"), ("F12",)),
    ActionSpec(ActionId.VIEW_UNFOLD_ALL, translatable("Actions", "Show &All Sections"), ("Ctrl+F12",)),
    ActionSpec(ActionId.VIEW_FOCUS, translatable("Actions", "&Focus"), ("F8",)),
    ActionSpec(
        ActionId.VIEW_TYPEWRITER,
        translatable("Actions", "&Typewriter Scrolling"),
        ("Shift+F8",),
        checkable=True,
    ),
    ActionSpec(
        ActionId.VIEW_AUTHORSHIP,
        translatable("Actions", "Where Text Comes From"),
        ("Ctrl+F7",),
        checkable=True,
    ),
    ActionSpec(ActionId.VIEW_NEXT_PANE, translatable("Actions", "Go to Next Pan&e"), ("F6",)),
    ActionSpec(
        ActionId.VIEW_FULL_SCREEN,
        translatable("Actions", "Full S&creen"),
        (Standard.FullScreen, "F11"),
        checkable=True,
    ),
    ActionSpec(ActionId.VIEW_COUNTS, translatable("Actions", "&Word Count"), ("Shift+F2",)),
    ActionSpec(ActionId.VIEW_GOAL, translatable("Actions", "&Goal for This Text…"), ("Ctrl+Shift+G",)),
    ActionSpec(ActionId.VIEW_NEXT_TEXT, translatable("Actions", "Ne&xt Text"), ("Ctrl+Tab", "Ctrl+PgDown")),
    ActionSpec(
        ActionId.VIEW_PREVIOUS_TEXT,
        translatable("Actions", "Pre&vious Text"),
        ("Ctrl+Shift+Tab", "Ctrl+PgUp"),
    ),
    ActionSpec(ActionId.VIEW_TEXT_RIGHT, translatable("Actions", "Move Text &Right"), ("Ctrl+Shift+PgDown",)),
    ActionSpec(ActionId.VIEW_TEXT_LEFT, translatable("Actions", "Move Text &Left"), ("Ctrl+Shift+PgUp",)),
    ActionSpec(ActionId.SUGGEST_ACCEPT, translatable("Actions", "&Accept"), ("Tab",), ghost=True),
    ActionSpec(
        ActionId.SUGGEST_ACCEPT_WORD, translatable("Actions", "Accept One &Word"), ("Ctrl+Right",), ghost=True
    ),
    ActionSpec(
        ActionId.SUGGEST_ACCEPT_PHRASE,
        translatable("Actions", "Accept One &Phrase"),
        ("Alt+Right",),
        ghost=True,
    ),
    ActionSpec(
        ActionId.SUGGEST_DISMISS, translatable("Actions", "&Dismiss"), ("Esc",), ghost=True, correction=True
    ),
    ActionSpec(
        ActionId.SUGGEST_CORRECT,
        translatable("Actions", "Accept &Correction"),
        ("Ctrl+;", "Ctrl+'"),
        correction=True,
    ),
    ActionSpec(ActionId.SUGGEST_ASK, translatable("Actions", "Suggest &Now"), ("Ctrl+Space",)),
    ActionSpec(ActionId.SUGGEST_NEXT, translatable("Actions", "&Next Alternative"), ("Alt+]",)),
    ActionSpec(ActionId.SUGGEST_PREVIOUS, translatable("Actions", "P&revious Alternative"), ("Alt+[",)),
    ActionSpec(ActionId.SUGGEST_WORDS, translatable("Actions", "&Other Words…"), ("Alt+Return", "Shift+F7")),
    ActionSpec(
        ActionId.SUGGEST_ENABLED,
        translatable("Actions", "Suggest While &Typing"),
        ("Ctrl+Shift+T",),
        checkable=True,
    ),
    ActionSpec(
        ActionId.SUGGEST_HERE,
        translatable("Actions", "Suggest in This &Document"),
        ("Ctrl+Shift+D",),
        checkable=True,
    ),
    ActionSpec(
        ActionId.SUGGEST_READ, translatable("Actions", "&Read Suggestion Aloud"), ("Ctrl+Shift+Space",)
    ),
    ActionSpec(ActionId.SUGGEST_WHY, translatable("Actions", "Why Is There No Suggestion?"), ("F2",)),
    ActionSpec(ActionId.SUGGEST_INSIDE, translatable("Actions", "Why T&his?"), ("F4",), checkable=True),
    ActionSpec(ActionId.HELP_GUIDE, translatable("Actions", "&Guide"), ("Shift+F1",)),
    ActionSpec(ActionId.HELP_KEYS, translatable("Actions", "&Keyboard Shortcuts"), ("F1", "Ctrl+/")),
    ActionSpec(
        ActionId.APP_SETTINGS,
        translatable("Actions", "Se&ttings…"),
        ("Ctrl+,",),
        role=QAction.MenuRole.PreferencesRole,
    ),
    ActionSpec(
        ActionId.APP_ABOUT,
        translatable("Actions", "&About Writer"),
        ("Ctrl+Shift+F1",),
        role=QAction.MenuRole.AboutRole,
    ),
)

MENUS: tuple[MenuSpec, ...] = (
    MenuSpec(
        translatable("Actions", "&File"),
        (
            ActionId.FILE_NEW,
            ActionId.FILE_OPEN,
            ActionId.FILE_OPEN_FOLDER,
            ActionId.FILE_QUICK_OPEN,
            None,
            ActionId.FILE_CLOSE,
            None,
            ActionId.FILE_SAVE,
            ActionId.FILE_SAVE_AS,
            ActionId.FILE_VERSIONS,
            ActionId.FILE_ENCODING,
            None,
            ActionId.FILE_IMPORT,
            ActionId.FILE_EXPORT,
            ActionId.FILE_EXPORT_AUTHORSHIP,
            None,
            ActionId.FILE_PRINT_PREVIEW,
            ActionId.FILE_PRINT,
            None,
            ActionId.APP_SETTINGS,
            None,
            ActionId.FILE_QUIT,
        ),
    ),
    MenuSpec(
        translatable("Actions", "&Edit"),
        (
            ActionId.EDIT_UNDO,
            ActionId.EDIT_REDO,
            None,
            ActionId.EDIT_CUT,
            ActionId.EDIT_COPY,
            ActionId.EDIT_COPY_RICH,
            ActionId.EDIT_PASTE,
            ActionId.EDIT_PASTE_PLAIN,
            None,
            ActionId.EDIT_SELECT_ALL,
            None,
            ActionId.EDIT_LINE_UP,
            ActionId.EDIT_LINE_DOWN,
            None,
            ActionId.SPELL_NEXT,
        ),
    ),
    MenuSpec(
        translatable("Actions", "For&mat"),
        (
            ActionId.FORMAT_STRONG,
            ActionId.FORMAT_EMPHASIS,
            ActionId.FORMAT_LINK,
            ActionId.FORMAT_FOLLOW,
            ActionId.FORMAT_CHECK_BOX,
            None,
            ActionId.FORMAT_HEADING_1,
            ActionId.FORMAT_HEADING_2,
            ActionId.FORMAT_HEADING_3,
            ActionId.FORMAT_HEADING_4,
            ActionId.FORMAT_HEADING_5,
            ActionId.FORMAT_HEADING_6,
        ),
    ),
    MenuSpec(
        translatable("Actions", "Fi&nd"),
        (
            ActionId.EDIT_FIND,
            ActionId.EDIT_FIND_NEXT,
            ActionId.EDIT_FIND_PREVIOUS,
            ActionId.FIND_IN_FOLDER,
            None,
            ActionId.EDIT_REPLACE,
            ActionId.FIND_REPLACE,
            ActionId.FIND_REPLACE_ALL,
            None,
            ActionId.FIND_CASE,
            ActionId.FIND_WHOLE,
            ActionId.FIND_REGEX,
            ActionId.FIND_LIST,
        ),
    ),
    MenuSpec(
        translatable("Actions", "&View"),
        (
            ActionId.VIEW_LARGER,
            ActionId.VIEW_SMALLER,
            ActionId.VIEW_USUAL,
            None,
            ActionId.VIEW_OUTLINE,
            ActionId.VIEW_FOLDER,
            ActionId.VIEW_PREVIEW,
            ActionId.VIEW_PREVIEW_ONLY,
            ActionId.VIEW_FOLD,
            ActionId.VIEW_UNFOLD_ALL,
            ActionId.VIEW_FOCUS,
            ActionId.VIEW_TYPEWRITER,
            ActionId.VIEW_AUTHORSHIP,
            ActionId.VIEW_NEXT_PANE,
            ActionId.VIEW_FULL_SCREEN,
            None,
            ActionId.VIEW_NEXT_TEXT,
            ActionId.VIEW_PREVIOUS_TEXT,
            ActionId.VIEW_TEXT_RIGHT,
            ActionId.VIEW_TEXT_LEFT,
            None,
            ActionId.VIEW_COUNTS,
            ActionId.VIEW_GOAL,
        ),
    ),
    MenuSpec(
        translatable("Actions", "&Suggest"),
        (
            ActionId.SUGGEST_ACCEPT,
            ActionId.SUGGEST_ACCEPT_WORD,
            ActionId.SUGGEST_ACCEPT_PHRASE,
            ActionId.SUGGEST_DISMISS,
            ActionId.SUGGEST_CORRECT,
            None,
            ActionId.SUGGEST_ASK,
            ActionId.SUGGEST_NEXT,
            ActionId.SUGGEST_PREVIOUS,
            ActionId.SUGGEST_WORDS,
            None,
            ActionId.SUGGEST_ENABLED,
            ActionId.SUGGEST_HERE,
            ActionId.SUGGEST_READ,
            ActionId.SUGGEST_WHY,
            ActionId.SUGGEST_INSIDE,
        ),
    ),
    MenuSpec(
        translatable("Actions", "&Help"), (ActionId.HELP_GUIDE, ActionId.HELP_KEYS, None, ActionId.APP_ABOUT)
    ),
)

SPECS = {spec.name: spec for spec in ACTIONS}


class Actions:
    """The QActions of `window` by name; their shortcuts work wherever the focus is in it."""

    def __init__(self, window: QWidget, specs: Iterable[ActionSpec] = ACTIONS) -> None:
        self._specs = {spec.name: spec for spec in specs}
        self._actions: dict[ActionId, QAction] = {}
        self._shows_ghost = self._shows_correction = False
        for spec in self._specs.values():
            action = QAction(window)
            action.setObjectName(spec.name.value)
            action.setCheckable(spec.checkable)
            action.setMenuRole(spec.role)
            action.setEnabled(not (spec.ghost or spec.correction))
            action.setShortcuts(default_keys(spec))
            window.addAction(action)
            self._actions[spec.name] = action
        self._by_keys = self._index()
        self.retranslate()

    def __getitem__(self, name: ActionId) -> QAction:
        return self._actions[name]

    @property
    def all(self) -> list[QAction]:
        """All actions, in the order of their specifications."""
        return list(self._actions.values())

    def connect(self, methods: Mapping[ActionId, Callable[[], object]]) -> None:
        """Connect methods with the `triggered` signals of their actions."""
        for name, method in methods.items():
            self._actions[name].triggered.connect(lambda _checked, method=method: method())

    def retranslate(self) -> None:
        """Set all labels in the current language."""
        for name, action in self._actions.items():
            action.setText(QCoreApplication.translate("Actions", self._specs[name].label))

    def set_keys(self, keys: Callable[[ActionSpec], list[QKeySequence]]) -> None:
        """Set the shortcuts that `keys` returns for each action."""
        for name, action in self._actions.items():
            action.setShortcuts(keys(self._specs[name]))
        self._by_keys = self._index()

    def enable_ghost_actions(self, shows: bool) -> None:
        """Enable the ghost actions while ghost text is shown; else their keys have the usual effect."""
        self._shows_ghost = shows
        self._enable_shown()

    def enable_correction_actions(self, shows: bool) -> None:
        """Enable the actions for a correction while one is shown; else their keys have the usual effect."""
        self._shows_correction = shows
        self._enable_shown()

    def is_reserved(self, keys: QKeySequence) -> bool:
        """Whether these keys are the shortcut of an enabled action."""
        return self.action_for(keys) is not None

    def action_for(self, keys: QKeySequence) -> QAction | None:
        """The enabled action with these keys, None where there is none."""
        actions = self._by_keys.get(keys.toString(_PORTABLE), ())
        return next((action for action in actions if action.isEnabled()), None)

    def _enable_shown(self) -> None:
        for spec in self._specs.values():
            if spec.ghost or spec.correction:
                shown = (spec.ghost and self._shows_ghost) or (spec.correction and self._shows_correction)
                self._actions[spec.name].setEnabled(shown)

    def _index(self) -> dict[str, list[QAction]]:
        """The actions by their keys: each key that is pressed asks."""
        index: dict[str, list[QAction]] = {}
        for action in self._actions.values():
            for keys in action.shortcuts():
                index.setdefault(keys.toString(_PORTABLE), []).append(action)
        return index


def default_keys(spec: ActionSpec) -> list[QKeySequence]:
    """The default shortcuts of an action: the system's, except those of other actions, then ours."""
    own = {key for other in ACTIONS if other.name != spec.name for key in other.keys}
    found: list[QKeySequence] = []
    for key in spec.keys:
        if isinstance(key, Standard):
            bindings = QKeySequence.keyBindings(key)
            found.extend(keys for keys in bindings if keys.toString(_PORTABLE) not in own)
        elif (keys := QKeySequence(key)) not in found:
            found.append(keys)
    return found
