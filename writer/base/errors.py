"""Sentences for the user, which a window can still translate, and the errors that carry one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from writer.base.printable import printable

MAX_DEPTH = 8
"""How deep sentences that come as JSON may stand in each other."""

_PANICS = "pyo3_runtime"
"""The module in which each library in Rust has a class PanicException of its own."""

_NAME = re.compile(r"\{(\w+)\}")


def _unchanged(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Sentence:
    """An English template with `{names}`, and a value for each; `str()` of it is plain English.

    A value that is a Sentence, or an error with one, is translated with the sentence that it stands in. Every
    other value is data: kept as its text and put in as it is, once, whatever braces it holds; only what is
    not printable in it is shown as an escape.
    """

    template: str
    values: Mapping[str, object] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        values = {name: _value(value) for name, value in self.values.items()}
        object.__setattr__(self, "values", values)

    def render(self, translate: Callable[[str], str] = _unchanged) -> str:
        """The sentence with its values; only templates, its own and those in it, go through `translate`."""
        texts = {
            name: value.render(translate) if isinstance(value, Sentence) else printable(value)
            for name, value in self.values.items()
        }
        return _NAME.sub(lambda found: texts.get(found[1], found[0]), translate(self.template))

    def __str__(self) -> str:
        return self.render()

    def as_json(self) -> dict[str, Any]:
        """`template` and `values`, fit for JSON: a value is a string, or such an object again."""
        values = {
            name: value.as_json() if isinstance(value, Sentence) else value
            for name, value in self.values.items()
        }
        return {"template": self.template, "values": values}

    @staticmethod
    def from_json(data: Mapping[str, Any], depth: int = MAX_DEPTH) -> Sentence:
        """The sentence that `as_json` told. ValueError where `data` is none, or deeper than `depth`."""
        template, values = data.get("template"), data.get("values", {})
        if not isinstance(template, str) or not isinstance(values, Mapping) or not depth:
            raise ValueError("no sentence")
        return Sentence(
            template,
            {n: Sentence.from_json(v, depth - 1) if isinstance(v, Mapping) else v for n, v in values.items()},
        )


Message = Sentence | str
"""What can be told to a user: a sentence, or a fixed text without values; "" for nothing."""


class UserError(Exception):
    """Something the user can act on: its `sentence` is fit for the window, its text for standard error."""

    def __init__(self, message: Message, /, **values: object) -> None:
        self.sentence = message if isinstance(message, Sentence) else Sentence(message, values)
        super().__init__(str(self.sentence))

    def __reduce__(self) -> tuple[Any, ...]:
        """How the error is pickled: `args` is its text, which `__init__` would take for a template."""
        return _unpickled, (type(self), self.args), self.__dict__


class PanicError(Exception):
    """A library in Rust has panicked, on what it was given; the message may quote that."""


@contextmanager
def panics_as_errors() -> Iterator[None]:
    """Raise PanicError where a library in Rust panics; its own class is no Exception."""
    try:
        yield
    except BaseException as error:
        if type(error).__module__ != _PANICS:
            raise
        raise PanicError(str(error)) from error


def os_reason(error: OSError) -> Sentence:
    """What the system says about an error; a window may know a translation of it."""
    return Sentence(error.strerror or type(error).__name__)


def _value(value: object) -> Sentence | str:
    if isinstance(value, UserError):
        return value.sentence
    return value if isinstance(value, Sentence) else str(value)


def _unpickled(kind: type[UserError], args: tuple[object, ...]) -> UserError:
    error = kind.__new__(kind)
    error.args = args
    return error
