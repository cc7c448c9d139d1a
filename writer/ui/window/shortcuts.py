"""The shortcuts of actions: default ones, or those of the settings.

Each action has a setting on the page "keys". Its value is a list of combinations as Qt writes them in files
("Ctrl+Shift+K; F8"), "none" for no keys at all, and "" for the default.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeySequence

from writer.settings.schema import shortcut_key, shortcut_setting
from writer.settings.setting import Schema
from writer.settings.store import SettingsStore
from writer.settings.value_types import SettingsError, ValueType
from writer.ui.window.action_id import ActionId
from writer.ui.window.actions import SPECS, ActionSpec, default_keys

NONE = "none"
_ACTION = re.compile(r"\{(\w+\.\w+)\}")
_FORMAT = QKeySequence.SequenceFormat.PortableText

RESERVED = frozenset(
    QKeySequence(text).toString(_FORMAT)
    for text in ("Alt+F4", "Alt+Tab", "Alt+Shift+Tab", "Alt+Esc", "Alt+Space", "Ctrl+Alt+Del", "Ctrl+Esc")
)
"""What the systems keep for themselves."""

_TYPING = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.KeypadModifier,
)
_FREE_ALONE = (Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Escape, Qt.Key.Key_Insert)


def key_of(spec: ActionSpec) -> str:
    """The settings key that holds an action's keys."""
    return shortcut_key(spec.name)


def with_keys(schema: Schema, specs: Sequence[ActionSpec]) -> Schema:
    """The schema, and a setting for the keys of each action."""
    settings = tuple(shortcut_setting(spec.name, KeyList(spec, tuple(specs)), spec.label) for spec in specs)
    return replace(schema, settings=(*schema.settings, *settings))


def sequences(spec: ActionSpec, value: object) -> list[QKeySequence]:
    """The keys of an action, by the value of its setting."""
    if value == NONE:
        return []
    return QKeySequence.listFromString(str(value), _FORMAT) if value else default_keys(spec)


def written(keys: Iterable[QKeySequence]) -> str:
    """Keys as the settings file holds them."""
    return QKeySequence.listToString(list(keys), _FORMAT) or NONE


def shown(keys: Iterable[QKeySequence]) -> str:
    """Keys as people read them on this system, without those of rare keyboards ("Undo")."""
    usual = [key for key in keys if _is_usable(key)]
    return "  ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in usual)


def with_shown_keys(text: str, store: SettingsStore) -> str:
    """`text` with the keys that actions have now in the place of their names in braces ("{suggest.ask}")."""

    def keys_of(place: re.Match[str]) -> str:
        spec = SPECS[ActionId(place[1])]
        label = plain(QCoreApplication.translate("Actions", spec.label))
        return shown(sequences(spec, store.get(store.schema.find(key_of(spec))))) or f"“{label}”"

    return _ACTION.sub(keys_of, text)


def plain(label: str) -> str:
    """An action's label without the mark of its menu key and the dots that promise a dialog."""
    return re.sub(r"\(&\w\)|&|…", "", label).strip()


@dataclass(frozen=True)
class KeyList(ValueType[str]):
    """Combinations of keys for the action `spec`, one of `specs`, which must not have them too."""

    spec: ActionSpec
    specs: tuple[ActionSpec, ...]

    def check(self, raw: object) -> str:
        """See `ValueType.check`."""
        if raw in ("", NONE):
            return str(raw)
        keys = QKeySequence.listFromString(raw, _FORMAT) if isinstance(raw, str) else []
        if not keys or not all(_is_usable(key) for key in keys):
            raise SettingsError(
                "must be keys such as Ctrl+Shift+K: letters alone write, some are the system's"
            )
        return "" if keys == default_keys(self.spec) else written(keys)

    def check_conflicts(self, value: str, values: Mapping[str, object]) -> None:
        """See `ValueType.check_conflicts`: another action may have one of these keys already."""
        wanted = sequences(self.spec, value)
        for other in self.specs:
            clash = [key for key in sequences(other, values[key_of(other)]) if key in wanted]
            if clash and other != self.spec:
                raise SettingsError(
                    "{keys} belongs to “{action}”; choose other keys, or change those first.",
                    keys=shown(clash),
                    action=plain(QCoreApplication.translate("Actions", other.label)),
                )


def _is_usable(key: QKeySequence) -> bool:
    """Whether these keys may belong to an action: they do not write, and no system wants them."""
    if key.count() != 1 or key.toString(_FORMAT) in RESERVED:
        return False
    combination = key[0]  # type: ignore[index]  # which the stubs lack
    if (
        combination.key() in (Qt.Key.Key_unknown, 0)
        or combination.keyboardModifiers() & Qt.KeyboardModifier.MetaModifier
    ):
        return False
    alone = combination.keyboardModifiers() in _TYPING
    is_function = Qt.Key.Key_F1 <= combination.key() <= Qt.Key.Key_F35
    return not alone or is_function or combination.key() in _FREE_ALONE
