"""The kinds of values a setting can have. Each knows what it accepts; the pane chooses a control by kind."""

from __future__ import annotations

import math
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from writer.base.errors import UserError

T = TypeVar("T", bool, int, float, str, tuple[str, ...])


class SettingsError(UserError):
    """A value that a setting does not take, or settings that cannot be kept; `sentence` says what to do."""


class ValueType(ABC, Generic[T]):
    """What a setting's value may be."""

    @abstractmethod
    def check(self, raw: object) -> T:
        """The value that `raw` (from a file or a control) stands for; SettingsError if it stands for none."""

    def fits(self, value: T, values: Mapping[str, object]) -> None:
        """Raise SettingsError where a value clashes with those of other settings, which are in `values`."""

    def texts(self) -> tuple[str, ...]:
        """The source texts that a pane shows for this kind."""
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
    """An integer from `low` to `high`, both included. `lowest` is shown in words in place of `low`."""

    low: int
    high: int
    step: int = 1
    unit: str = ""
    lowest: str = ""

    def check(self, raw: object) -> int:
        """See `ValueType.check`."""
        if isinstance(raw, bool) or not isinstance(raw, int) or not self.low <= raw <= self.high:
            raise SettingsError("must be a whole number from {low} to {high}", low=self.low, high=self.high)
        return int(raw)

    def texts(self) -> tuple[str, ...]:
        """See `ValueType.texts`."""
        return tuple(text for text in (self.unit, self.lowest) if text)


@dataclass(frozen=True, slots=True)
class FloatType(ValueType[float]):
    """A finite number from `low` to `high`, both included."""

    low: float
    high: float
    step: float = 0.1
    unit: str = ""

    def check(self, raw: object) -> float:
        """See `ValueType.check`."""
        number = not isinstance(raw, bool) and isinstance(raw, (int, float)) and math.isfinite(raw)
        if not number or not self.low <= raw <= self.high:  # type: ignore[operator]
            raise SettingsError("must be a number from {low} to {high}", low=self.low, high=self.high)
        return float(raw)  # type: ignore[arg-type]

    def texts(self) -> tuple[str, ...]:
        """See `ValueType.texts`."""
        return (self.unit,) if self.unit else ()


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a choice: what the file says, and what the pane says."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class ChoiceType(ValueType[str]):
    """One of a few options."""

    options: tuple[Option, ...]

    def check(self, raw: object) -> str:
        """See `ValueType.check`."""
        values = [option.value for option in self.options]
        if not isinstance(raw, str) or raw not in values:
            raise SettingsError("must be one of {values}", values=", ".join(values))
        return str(raw)

    def texts(self) -> tuple[str, ...]:
        """See `ValueType.texts`."""
        return tuple(option.label for option in self.options)


@dataclass(frozen=True, slots=True)
class TextType(ValueType[str]):
    """One line of text. `placeholder` tells what an empty one means."""

    placeholder: str = ""
    longest: int = 4096

    def check(self, raw: object) -> str:
        """See `ValueType.check`."""
        if not isinstance(raw, str) or len(raw) > self.longest or not raw.isprintable():
            raise SettingsError("must be one line of at most {longest} characters", longest=self.longest)
        return str(raw)

    def texts(self) -> tuple[str, ...]:
        """See `ValueType.texts`."""
        return (self.placeholder,) if self.placeholder else ()


@dataclass(frozen=True, slots=True)
class FolderType(TextType):
    """A folder's path, or a name that stands for one. It need not exist now: disks come and go."""


@dataclass(frozen=True, slots=True)
class TextList(ValueType[tuple[str, ...]]):
    """Texts of one line each, such as the names of files. `placeholder` tells what an empty list means.

    A file has them as an array. Older versions wrote words with blanks between, which are still read.
    """

    placeholder: str = ""
    longest: int = 4096

    def check(self, raw: object) -> tuple[str, ...]:
        """See `ValueType.check`. Entries of nothing but blanks are dropped."""
        entries = raw.split() if isinstance(raw, str) and raw.isprintable() else raw
        if not isinstance(entries, (list, tuple)) or not all(map(self._is_entry, entries)):
            raise SettingsError(
                "must be a list of texts of one line each, of at most {longest} characters",
                longest=self.longest,
            )
        return tuple(str(entry) for entry in entries if entry.strip())

    def texts(self) -> tuple[str, ...]:
        """See `ValueType.texts`."""
        return (self.placeholder,) if self.placeholder else ()

    def _is_entry(self, entry: object) -> bool:
        """Whether this is one line that can be written to a file; names of files hold any kind of space."""
        return (
            isinstance(entry, str)
            and len(entry) <= self.longest
            and not any(unicodedata.category(character) in _NOT_IN_A_LINE for character in entry)
        )


_NOT_IN_A_LINE = ("Cc", "Cs", "Zl", "Zp")
"""Categories of control characters, surrogates, and what separates lines and paragraphs."""
