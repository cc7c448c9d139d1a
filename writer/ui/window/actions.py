"""Every action of the window, named, with its default keys. Labels are looked up when they are shown.

Which keys an action has now is asked here only; `keys.py` knows what the settings say about them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

Standard = QKeySequence.StandardKey


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """An action: its name in settings and tests, its label, its default keys, and how it appears.

    `ghost` actions are enabled only while a suggestion shows; then their keys are theirs.
    """

    name: str
    label: str
    keys: tuple[str | Standard, ...] = ()
    ghost: bool = False
    checkable: bool = False
    role: QAction.MenuRole = QAction.MenuRole.NoRole


@dataclass(frozen=True, slots=True)
class MenuSpec:
    """A menu: its name, its label, and the names of its actions; "" is a separator."""

    name: str
    label: str
    actions: tuple[str, ...]


_N = QT_TRANSLATE_NOOP

ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("file.new", _N("Actions", "&New"), (Standard.New,)),
    ActionSpec("file.open", _N("Actions", "&Open…"), (Standard.Open,)),
    ActionSpec("file.close", _N("Actions", "&Close"), (Standard.Close,)),
    ActionSpec("file.save", _N("Actions", "&Save"), (Standard.Save,)),
    ActionSpec("file.save_as", _N("Actions", "Save &As…"), ("Ctrl+Shift+S",)),
    ActionSpec("file.encoding", _N("Actions", "Enc&oding…")),
    ActionSpec("file.import", _N("Actions", "&Import…"), ("Ctrl+Shift+I",)),
    ActionSpec("file.export", _N("Actions", "&Export…"), ("Ctrl+Shift+E",)),
    ActionSpec("file.print_preview", _N("Actions", "Print Pre&view")),
    ActionSpec("file.print", _N("Actions", "&Print…"), (Standard.Print,)),
    ActionSpec("file.quit", _N("Actions", "&Quit"), ("Ctrl+Q",), role=QAction.MenuRole.QuitRole),
    ActionSpec("edit.undo", _N("Actions", "&Undo"), (Standard.Undo,)),
    ActionSpec("edit.redo", _N("Actions", "&Redo"), ("Ctrl+Shift+Z", "Ctrl+Y")),
    ActionSpec("edit.cut", _N("Actions", "Cu&t"), (Standard.Cut,)),
    ActionSpec("edit.copy", _N("Actions", "&Copy"), (Standard.Copy,)),
    ActionSpec("edit.paste", _N("Actions", "&Paste"), (Standard.Paste,)),
    ActionSpec("edit.select_all", _N("Actions", "Select &All"), (Standard.SelectAll,)),
    ActionSpec("edit.find", _N("Actions", "&Find…"), (Standard.Find,)),
    ActionSpec("edit.find_next", _N("Actions", "Find Ne&xt"), (Standard.FindNext,)),
    ActionSpec("edit.find_previous", _N("Actions", "Find Pre&vious"), (Standard.FindPrevious,)),
    ActionSpec("edit.replace", _N("Actions", "&Replace…"), (Standard.Replace, "Ctrl+Alt+F")),
    ActionSpec("find.case", _N("Actions", "Match Case"), ("Alt+C",), checkable=True),
    ActionSpec("find.whole", _N("Actions", "Whole Words"), ("Alt+W",), checkable=True),
    ActionSpec("find.regex", _N("Actions", "Regular Expression"), ("Alt+R",), checkable=True),
    ActionSpec("find.list", _N("Actions", "List of Matches"), ("Alt+L",), checkable=True),
    ActionSpec("find.replace", _N("Actions", "Replace This"), ("Ctrl+Alt+R",)),
    ActionSpec("find.replace_all", _N("Actions", "Replace All"), ("Ctrl+Alt+Return",)),
    ActionSpec("spell.next", _N("Actions", "Next &Misspelt Word"), ("F7",)),
    ActionSpec("view.larger", _N("Actions", "&Larger Text"), ("Ctrl++", "Ctrl+=")),
    ActionSpec("view.smaller", _N("Actions", "&Smaller Text"), ("Ctrl+-",)),
    ActionSpec("view.usual", _N("Actions", "&Usual Text Size"), ("Ctrl+0",)),
    ActionSpec("view.outline", _N("Actions", "&Outline"), ("F9",), checkable=True),
    ActionSpec("view.focus", _N("Actions", "&Focus"), ("F8",)),
    ActionSpec("view.typewriter", _N("Actions", "&Typewriter Scrolling"), ("Shift+F8",), checkable=True),
    ActionSpec("view.full_screen", _N("Actions", "Full S&creen"), (Standard.FullScreen,), checkable=True),
    ActionSpec("view.counts", _N("Actions", "&Word Count"), ("Shift+F2",)),
    ActionSpec("view.next_text", _N("Actions", "Ne&xt Text"), ("Ctrl+Tab", "Ctrl+PgDown")),
    ActionSpec("view.previous_text", _N("Actions", "Pre&vious Text"), ("Ctrl+Shift+Tab", "Ctrl+PgUp")),
    ActionSpec("view.text_right", _N("Actions", "Move Text &Right"), ("Ctrl+Shift+PgDown",)),
    ActionSpec("view.text_left", _N("Actions", "Move Text &Left"), ("Ctrl+Shift+PgUp",)),
    ActionSpec("suggest.accept", _N("Actions", "&Accept"), ("Tab",), ghost=True),
    ActionSpec("suggest.accept_word", _N("Actions", "Accept One &Word"), ("Ctrl+Right",), ghost=True),
    ActionSpec("suggest.accept_phrase", _N("Actions", "Accept One &Phrase"), ("Alt+Right",), ghost=True),
    ActionSpec("suggest.dismiss", _N("Actions", "&Dismiss"), ("Esc",), ghost=True),
    ActionSpec("suggest.ask", _N("Actions", "Suggest &Now"), ("Ctrl+Space",)),
    ActionSpec("suggest.next", _N("Actions", "&Next Alternative"), ("Alt+]",)),
    ActionSpec("suggest.previous", _N("Actions", "P&revious Alternative"), ("Alt+[",)),
    ActionSpec("suggest.words", _N("Actions", "&Other Words…"), ("Alt+Return", "Shift+F7")),
    ActionSpec("suggest.enabled", _N("Actions", "Suggest While &Typing"), checkable=True),
    ActionSpec("suggest.here", _N("Actions", "Suggest in This &Document"), checkable=True),
    ActionSpec("suggest.read", _N("Actions", "&Read Suggestion Aloud"), ("Ctrl+Shift+Space",)),
    ActionSpec("suggest.why", _N("Actions", "Why Is There No Suggestion?"), ("F2",)),
    ActionSpec("suggest.inside", _N("Actions", "Why T&his?"), ("F4",), checkable=True),
    ActionSpec("help.keys", _N("Actions", "&Keyboard Shortcuts"), ("F1", "Ctrl+/")),
    ActionSpec(
        "app.settings", _N("Actions", "Se&ttings…"), ("Ctrl+,",), role=QAction.MenuRole.PreferencesRole
    ),
    ActionSpec("app.about", _N("Actions", "&About Writer"), role=QAction.MenuRole.AboutRole),
)

MENUS: tuple[MenuSpec, ...] = (
    MenuSpec(
        "file",
        _N("Actions", "&File"),
        (
            "file.new",
            "file.open",
            "",
            "file.close",
            "",
            "file.save",
            "file.save_as",
            "file.encoding",
            "",
            "file.import",
            "file.export",
            "",
            "file.print_preview",
            "file.print",
            "",
            "app.settings",
            "",
            "file.quit",
        ),
    ),
    MenuSpec(
        "edit",
        _N("Actions", "&Edit"),
        (
            "edit.undo",
            "edit.redo",
            "",
            "edit.cut",
            "edit.copy",
            "edit.paste",
            "",
            "edit.select_all",
            "",
            "spell.next",
        ),
    ),
    MenuSpec(
        "find",
        _N("Actions", "Fi&nd"),
        (
            "edit.find",
            "edit.find_next",
            "edit.find_previous",
            "",
            "edit.replace",
            "find.replace",
            "find.replace_all",
            "",
            "find.case",
            "find.whole",
            "find.regex",
            "find.list",
        ),
    ),
    MenuSpec(
        "view",
        _N("Actions", "&View"),
        (
            "view.larger",
            "view.smaller",
            "view.usual",
            "",
            "view.outline",
            "view.focus",
            "view.typewriter",
            "view.full_screen",
            "",
            "view.next_text",
            "view.previous_text",
            "view.text_right",
            "view.text_left",
            "",
            "view.counts",
        ),
    ),
    MenuSpec(
        "suggest",
        _N("Actions", "&Suggest"),
        (
            "suggest.accept",
            "suggest.accept_word",
            "suggest.accept_phrase",
            "suggest.dismiss",
            "",
            "suggest.ask",
            "suggest.next",
            "suggest.previous",
            "suggest.words",
            "",
            "suggest.enabled",
            "suggest.here",
            "suggest.read",
            "suggest.why",
            "suggest.inside",
        ),
    ),
    MenuSpec("help", _N("Actions", "&Help"), ("help.keys", "", "app.about")),
)


class Actions:
    """The window's actions by name. They work wherever the focus is in `window`."""

    def __init__(self, window: QWidget, specs: Iterable[ActionSpec] = ACTIONS) -> None:
        self._specs = {spec.name: spec for spec in specs}
        self._actions: dict[str, QAction] = {}
        for spec in self._specs.values():
            action = QAction(window, objectName=spec.name, checkable=spec.checkable)
            action.setMenuRole(spec.role)
            action.setEnabled(not spec.ghost)
            action.setShortcuts(default_keys(spec))
            window.addAction(action)
            self._actions[spec.name] = action
        self.retranslate()

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    @property
    def all(self) -> list[QAction]:
        """Every action, in the order of their specifications."""
        return list(self._actions.values())

    def retranslate(self) -> None:
        """Put every label in the language of the moment."""
        for name, action in self._actions.items():
            action.setText(QCoreApplication.translate("Actions", self._specs[name].label))

    def set_keys(self, keys: Callable[[ActionSpec], list[QKeySequence]]) -> None:
        """Give every action the keys that `keys` tells for it."""
        for name, action in self._actions.items():
            action.setShortcuts(keys(self._specs[name]))

    def set_ghost(self, shows: bool) -> None:
        """Give the ghost its keys while it shows, and their usual work back afterwards."""
        for spec in self._specs.values():
            if spec.ghost:
                self._actions[spec.name].setEnabled(shows)

    def claims(self, keys: QKeySequence) -> bool:
        """Whether these keys now belong to an action, whatever the text would do with them."""
        return self.of_keys(keys) is not None

    def of_keys(self, keys: QKeySequence) -> QAction | None:
        """The action to which these keys now belong."""
        actions = self._actions.values()
        return next((a for a in actions if a.isEnabled() and keys in a.shortcuts()), None)


def default_keys(spec: ActionSpec) -> list[QKeySequence]:
    """The keys that an action has on this system while the settings say nothing else."""
    found: list[QKeySequence] = []
    for key in spec.keys:
        found.extend(QKeySequence.keyBindings(key) if isinstance(key, Standard) else [QKeySequence(key)])
    return found
