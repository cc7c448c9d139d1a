"""The shortcuts of actions: defaults, or those of the settings.

Each action has a setting on the page "keys". Its value is a list of key sequences in Qt's portable format
("Ctrl+Shift+K; F8"), "none" for no keys, and "" for the default.
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
"""Key sequences that are reserved by operating systems."""

_TYPING_MODIFIERS = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.KeypadModifier,
)
_USABLE_ALONE = (Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Escape, Qt.Key.Key_Insert)


def key_of(spec: ActionSpec) -> str:
    """The settings key of an action's shortcuts."""
    return shortcut_key(spec.name)


def with_shortcut_settings(schema: Schema, specs: Sequence[ActionSpec]) -> Schema:
    """The schema, extended by a setting for each action."""
    settings = tuple(shortcut_setting(spec.name, KeyList(spec, tuple(specs)), spec.label) for spec in specs)
    return replace(schema, settings=(*schema.settings, *settings))


def key_sequences(spec: ActionSpec, value: object) -> list[QKeySequence]:
    """The shortcuts of an action for a value of its setting."""
    if value == NONE:
        return []
    return QKeySequence.listFromString(str(value), _FORMAT) if value else default_keys(spec)


def to_setting(keys: Iterable[QKeySequence]) -> str:
    """The value of the setting for shortcuts."""
    return QKeySequence.listToString(list(keys), _FORMAT) or NONE


def to_text(keys: Iterable[QKeySequence]) -> str:
    """Shortcuts in the system's notation, without those of special keys ("Undo")."""
    usable = [key for key in keys if _is_usable(key)]
    return "  ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in usable)


def with_key_texts(text: str, store: SettingsStore) -> str:
    """`text` with names of actions in braces ("{suggest.ask}") replaced by their first shortcut."""

    def keys_of(match: re.Match[str]) -> str:
        spec = SPECS[ActionId(match[1])]
        label = plain_label(QCoreApplication.translate("Actions", spec.label))
        keys = key_sequences(spec, store.get(store.schema.find(key_of(spec))))
        return to_text([key for key in keys if _is_usable(key)][:1]) or f"“{label}”"

    return _ACTION.sub(keys_of, text)


def plain_label(label: str) -> str:
    """The label of an action without mnemonic and ellipsis."""
    return re.sub(r"\(&\w\)|&|…", "", label).strip()


@dataclass(frozen=True)
class KeyList(ValueType[str]):
    """The value type of the shortcuts of the action `spec`; no other of `specs` may have them."""

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
        return "" if keys == default_keys(self.spec) else to_setting(keys)

    def check_conflicts(self, value: str, values: Mapping[str, object]) -> None:
        """See `ValueType.check_conflicts`: another action has one of the shortcuts."""
        keys = key_sequences(self.spec, value)
        for other in self.specs:
            clash = [key for key in key_sequences(other, values[key_of(other)]) if key in keys]
            if clash and other != self.spec:
                raise SettingsError(
                    "{keys} belongs to “{action}”; choose other keys, or change those first.",
                    keys=to_text(clash),
                    action=plain_label(QCoreApplication.translate("Actions", other.label)),
                )


def _is_usable(key: QKeySequence) -> bool:
    """Whether a key sequence can be a shortcut: it types no text and is not reserved."""
    if key.count() != 1 or key.toString(_FORMAT) in RESERVED:
        return False
    combination = key[0]  # type: ignore[index]  # which the stubs lack
    if (
        combination.key() in (Qt.Key.Key_unknown, 0)
        or combination.keyboardModifiers() & Qt.KeyboardModifier.MetaModifier
    ):
        return False
    alone = combination.keyboardModifiers() in _TYPING_MODIFIERS
    is_function = Qt.Key.Key_F1 <= combination.key() <= Qt.Key.Key_F35
    return not alone or is_function or combination.key() in _USABLE_ALONE
