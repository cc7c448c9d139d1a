"""The value types of settings: each validates its values, and the settings dialog has a control for each."""

from __future__ import annotations

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from writer.base.errors import UserError

T = TypeVar("T", bool, int, float, str, tuple[str, ...])


class SettingsError(UserError):
    """A value is invalid, or settings cannot be saved; `sentence` says what to do."""


class ValueType(ABC, Generic[T]):
    """The base class of value types."""

    @abstractmethod
    def check(self, raw: object) -> T:
        """The value of `raw`, which comes from the file or a control. Raises SettingsError."""

    def check_conflicts(self, value: T, values: Mapping[str, object]) -> None:
        """Raise SettingsError where a value conflicts with those of other settings in `values`, by key."""

    def texts(self) -> tuple[str, ...]:
        """The source texts that the dialog shows for this type."""
        return ()


@dataclass(frozen=True, slots=True)
class BoolType(ValueType[bool]):
    """On or off."""

    def check(self, raw: object) -> bool:
        """See `ValueType.check`."""
        if not isinstance(raw, bool):
            raise SettingsError("must be true or false")
        return raw


@dataclass(frozen=True, slots=True)
class IntType(ValueType[int]):
    """An integer from `minimum` to `maximum`, both included. `minimum_text` is shown for the minimum."""

    minimum: int
    maximum: int
    step: int = 1
    unit: str = ""
    minimum_text: str = ""

    def check(self, raw: object) -> int:
        """See `ValueType.check`."""
        if isinstance(raw, bool) or not isinstance(raw, int) or not self.minimum <= raw <= self.maximum:
            raise SettingsError(
                "must be a whole number from {low} to {high}", low=self.minimum, high=self.maximum
            )
        return int(raw)

    def texts(self) -> tuple[str, ...]:
        """See `ValueType.texts`."""
        return tuple(text for text in (self.unit, self.minimum_text) if text)


@dataclass(frozen=True, slots=True)
class FloatType(ValueType[float]):
    """A finite number from `minimum` to `maximum`, both included."""

    minimum: float
    maximum: float
    step: float = 0.1
    unit: str = ""

    def check(self, raw: object) -> float:
        """See `ValueType.check`."""
        if (
            isinstance(raw, bool)
            or not isinstance(raw, (int, float))
            or not self.minimum <= raw <= self.maximum
        ):
            raise SettingsError("must be a number from {low} to {high}", low=self.minimum, high=self.maximum)
        return float(raw)

    def texts(self) -> tuple[str, ...]:
        """See `ValueType.texts`."""
        return (self.unit,) if self.unit else ()


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a choice: the value in the file, and its label in the dialog."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class ChoiceType(ValueType[str]):
    """One of a few options; those that are `rare` are listed only where a computer has what they need."""

    options: tuple[Option, ...]
    rare: tuple[Option, ...] = ()

    def check(self, raw: object) -> str:
        """See `ValueType.check`."""
        values = [option.value for option in (*self.options, *self.rare)]
        if not isinstance(raw, str) or raw not in values:
            raise SettingsError("must be one of {values}", values=", ".join(values))
        return str(raw)

    def texts(self) -> tuple[str, ...]:
        """See `ValueType.texts`."""
        return tuple(option.label for option in (*self.options, *self.rare))


@dataclass(frozen=True, slots=True)
class OpenChoiceType(ValueType[str]):
    """One of a few options, or the name of something that comes and goes on a computer, such as a font."""

    options: tuple[Option, ...]
    max_length: int = 200

    def check(self, raw: object) -> str:
        """See `ValueType.check`."""
        if not isinstance(raw, str) or not 0 < len(raw) <= self.max_length or not raw.isprintable():
            raise SettingsError("must be a name of at most {longest} characters", longest=self.max_length)
        return str(raw)

    def texts(self) -> tuple[str, ...]:
        """See `ValueType.texts`."""
        return tuple(option.label for option in self.options)


@dataclass(frozen=True, slots=True)
class TextType(ValueType[str]):
    """One line of text of at most `max_length` characters. `placeholder` is shown in an empty field."""

    placeholder: str = ""
    max_length: int = 4096

    def check(self, raw: object) -> str:
        """See `ValueType.check`."""
        if not isinstance(raw, str) or len(raw) > self.max_length or not raw.isprintable():
            raise SettingsError("must be one line of at most {longest} characters", longest=self.max_length)
        return str(raw)

    def texts(self) -> tuple[str, ...]:
        """See `ValueType.texts`."""
        return (self.placeholder,) if self.placeholder else ()


@dataclass(frozen=True, slots=True)
class FolderType(TextType):
    """A folder's path, or the name of a model. It need not exist, as disks come and go."""


@dataclass(frozen=True, slots=True)
class TextList(ValueType[tuple[str, ...]]):
    """A list of lines, such as names of files. `placeholder` is shown in an empty field.

    The file has an array. The string of older versions, with blanks between entries, is still read.
    """

    placeholder: str = ""
    max_length: int = 4096

    def check(self, raw: object) -> tuple[str, ...]:
        """See `ValueType.check`. Blank entries are dropped."""
        entries = raw.split() if isinstance(raw, str) and raw.isprintable() else raw
        if not isinstance(entries, (list, tuple)) or not all(map(self._is_entry, entries)):
            raise SettingsError(
                "must be a list of texts of one line each, of at most {longest} characters",
                longest=self.max_length,
            )
        return tuple(str(entry) for entry in entries if entry.strip())

    def texts(self) -> tuple[str, ...]:
        """See `ValueType.texts`."""
        return (self.placeholder,) if self.placeholder else ()

    def _is_entry(self, entry: object) -> bool:
        """Whether `entry` is one line of valid characters; names of files may hold any kind of space."""
        return (
            isinstance(entry, str)
            and len(entry) <= self.max_length
            and not any(unicodedata.category(character) in _NOT_IN_A_LINE for character in entry)
        )


_NOT_IN_A_LINE = ("Cc", "Cs", "Zl", "Zp")
"""The categories of control characters, surrogates, and line and paragraph separators."""
