"""The store of settings in a TOML file: reads, validates, changes and reloads it.

Comments and unknown keys of the file are preserved, changes by other processes are kept, and an invalid file
is renamed, not deleted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from writer.base import atomic_file
from writer.base.errors import Sentence, os_reason
from writer.base.typed_data import DamagedError
from writer.settings.migrations import MIGRATIONS, Document, Migration, read_key
from writer.settings.schema import SCHEMA
from writer.settings.setting import Schema, Setting
from writer.settings.toml_document import LIMIT, Unset, change, read_value
from writer.settings.value_types import SettingsError, T

if TYPE_CHECKING:
    from filelock import FileLock

log = logging.getLogger(__name__)

FILE_NAME = "settings.toml"
Listener = Callable[[str], None]

_LOCK_SECONDS = 2.0


class SettingsStore:
    """The settings in the file at `path`. Used from one thread.

    Construction does not fail: settings that cannot be read have their defaults, and `notices` says why.
    """

    def __init__(
        self, path: Path, schema: Schema = SCHEMA, migrations: Sequence[Migration] = MIGRATIONS
    ) -> None:
        self.path = path
        self.schema = schema
        self.notices: list[Sentence] = []
        """Sentences about the file for the user; who shows them empties the list."""
        self._migrations = migrations
        self._sections = {setting.key.partition(".")[0] for setting in schema.settings}
        self._listeners: list[tuple[str, Listener]] = []
        self._values: dict[str, Any] = {setting.key: setting.default for setting in schema.settings}
        self._in_file: Document = {}
        self._unsaved: dict[str, object] = {}
        self._rejected: dict[str, object] = {}
        self.reload()
        self._at_start = dict(self._values)

    @cached_property
    def _lock(self) -> FileLock:
        """The lock of the file; its module is imported when it is needed, the window shows before."""
        from filelock import FileLock

        return FileLock(self.path.with_name(f".{self.path.name}.lock"), timeout=_LOCK_SECONDS)

    def get(self, setting: Setting[T]) -> T:
        """The current value. Raises KeyError for a setting that the schema does not declare."""
        value: T = self._values[setting.key]
        return value

    def set(self, setting: Setting[T], value: T) -> None:
        """Change a value, write the file, and call the listeners.

        Raises SettingsError where the value is invalid (nothing is changed then), or where the file cannot be
        written: the value then holds until the program ends, and the next change writes it, too.
        """
        checked = setting.value_type.check(value)
        setting.value_type.check_conflicts(checked, self._values)
        self._change({setting.key: checked})

    def reset(self, *settings: Setting[Any]) -> None:
        """Reset these settings to their defaults and remove them from the file. Raises as `set` does."""
        self._change({setting.key: Unset() for setting in settings})

    def is_default(self, setting: Setting[Any]) -> bool:
        """Whether the current value is the default."""
        return bool(self._values[setting.key] == setting.default)

    def needs_restart(self, setting: Setting[Any]) -> bool:
        """Whether the current value takes effect only at the next start."""
        return setting.restart and bool(self._values[setting.key] != self._at_start[setting.key])

    def reload(self) -> None:
        """Read the file again, and call the listeners of changed settings."""
        try:
            _, self._in_file = self._load()
        except OSError as error:
            log.warning("settings not read: %s", error)
            self._notice(
                "The settings in {path} could not be read ({reason}).",
                path=self.path,
                reason=os_reason(error),
            )
        self._apply()

    def subscribe(self, prefix: str, listener: Listener) -> Callable[[], None]:
        """Call `listener(key)` after each change of a value, until the returned function is called.

        `prefix` is a key, a section ("suggestions"), or "" for all.
        """
        entry = (prefix, listener)
        self._listeners.append(entry)

        def unsubscribe() -> None:
            if entry in self._listeners:
                self._listeners.remove(entry)

        return unsubscribe

    def _change(self, changes: Mapping[str, object]) -> None:
        for key in changes:
            self.schema.find(key)
        self._unsaved |= changes
        failure: OSError | None = None
        try:
            self._write()
        except OSError as error:
            log.warning("settings not written: %s", error)
            failure = error
        self._apply()
        if failure is not None:
            raise SettingsError(
                "The settings could not be saved in {path} ({reason}). They hold until Writer is closed.",
                path=self.path,
                reason=os_reason(failure) if failure.strerror else failure,
            ) from failure

    def _write(self) -> None:
        """Write the unsaved changes to the file, which is read again first. Raises OSError."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._lock:
            content, _ = self._load()
            try:
                content, values = self._changed(content)
            except DamagedError as error:
                self._set_aside(error)
                content, values = self._changed(b"")
            atomic_file.replace(self.path, content)
        self._in_file = values
        self._unsaved.clear()

    def _changed(self, content: bytes) -> tuple[bytes, Document]:
        """The file with the unsaved changes, and the values that it then has. Raises DamagedError."""
        content = change(content, self._unsaved, self._migrations)
        return content, read_value(content, self._sections, self._migrations)

    def _load(self) -> tuple[bytes, Document]:
        """The file's content and values, both empty where it is missing or was set aside. Raises OSError."""
        try:
            return self._read_file()
        except DamagedError:
            with self._lock:  # another window may have mended or moved it meanwhile
                try:
                    return self._read_file()
                except DamagedError as error:
                    self._set_aside(error)
                    return b"", {}

    def _read_file(self) -> tuple[bytes, Document]:
        try:
            with self.path.open("rb") as file:
                content = file.read(LIMIT + 1)
        except FileNotFoundError:
            return b"", {}
        return content, read_value(content, self._sections, self._migrations)

    def _set_aside(self, error: DamagedError) -> None:
        """Rename the file, and mark all current values that are no defaults as unsaved."""
        log.warning("settings file set aside: %s", error)
        aside = atomic_file.set_aside(self.path)
        self._notice("The settings file was damaged. It is kept as {aside}.", aside=aside)
        chosen = {s.key: self._values[s.key] for s in self.schema.settings if not self.is_default(s)}
        self._unsaved = chosen | self._unsaved

    def _apply(self) -> None:
        """Make the values of the file current, then the unsaved ones; call the listeners of changed ones."""
        values = {setting.key: self._effective(setting) for setting in self.schema.settings}
        changed = [key for key, value in values.items() if value != self._values[key]]
        self._values = values
        for key in changed:
            for prefix, listener in tuple(self._listeners):
                if not prefix or key == prefix or key.startswith(f"{prefix}."):
                    listener(key)

    def _effective(self, setting: Setting[Any]) -> object:
        raw = self._unsaved.get(setting.key, read_key(self._in_file, setting.key, Unset()))
        if isinstance(raw, Unset):
            return setting.default
        try:
            return setting.value_type.check(raw)
        except SettingsError as error:
            if self._rejected.get(setting.key) != raw:
                self._notice(
                    "{key} in the settings file {why}. {default} is used."
                    if setting.default not in ("", ())
                    else "{key} in the settings file {why}. It counts as empty.",
                    key=setting.key,
                    why=error.sentence,
                    default=setting.default,
                )
            self._rejected[setting.key] = raw
            return setting.default

    def _notice(self, text: str, **values: object) -> None:
        self.notices.append(Sentence(text, values))
