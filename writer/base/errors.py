"""Sentences for the user, which a window can still translate, and the errors that carry one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from writer.base.printable import printable

MAX_DEPTH = 8
"""The limit of nesting of sentences in JSON."""

_PANICS = "pyo3_runtime"
"""The module in which each library in Rust has a class PanicException of its own."""

_NAME = re.compile(r"\{(\w+)\}")


def _unchanged(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Sentence:
    """An English template with `{names}`, and a value for each; `str()` gives the English text.

    A value that is a Sentence, or an error with one, is translated together with it. Other values are
    inserted as text, without replacing braces in them; unprintable characters are shown as escapes.
    """

    template: str
    values: Mapping[str, object] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        values = {name: _value(value) for name, value in self.values.items()}
        object.__setattr__(self, "values", values)

    def render(self, translate: Callable[[str], str] = _unchanged) -> str:
        """The text with the values inserted; `translate` is called with the templates only."""
        texts = {
            name: value.render(translate) if isinstance(value, Sentence) else printable(value)
            for name, value in self.values.items()
        }
        return _NAME.sub(lambda found: texts.get(found[1], found[0]), translate(self.template))

    def __str__(self) -> str:
        return self.render()

    def told_as(self, folder: object, name: object) -> Sentence:
        """The sentence with `name` in place of `folder`, and of what lies in it."""

        def told(value: object) -> object:
            if isinstance(value, Sentence):
                return value.told_as(folder, name)
            is_there = value == str(folder) or str(value).startswith((f"{folder}/", f"{folder}\\"))
            return name if is_there else value

        return Sentence(self.template, {key: told(value) for key, value in self.values.items()})

    def as_json(self) -> dict[str, Any]:
        """An object with `template` and `values` for JSON; a value is a string or such an object."""
        values = {
            name: value.as_json() if isinstance(value, Sentence) else value
            for name, value in self.values.items()
        }
        return {"template": self.template, "values": values}

    @staticmethod
    def from_json(data: Mapping[str, Any], depth: int = MAX_DEPTH) -> Sentence:
        """The sentence of an `as_json` object. ValueError where it is invalid or nested too deep."""
        template, values = data.get("template"), data.get("values", {})
        if not isinstance(template, str) or not isinstance(values, Mapping) or not depth:
            raise ValueError("no sentence")
        return Sentence(
            template,
            {n: Sentence.from_json(v, depth - 1) if isinstance(v, Mapping) else v for n, v in values.items()},
        )


Message = Sentence | str
"""A text for the user: a sentence, or a fixed text without values; "" for none."""


class UserError(Exception):
    """An error that the user can act on, with a `sentence` for the window; `str()` gives its English text."""

    def __init__(self, message: Message, /, **values: object) -> None:
        self.sentence = message if isinstance(message, Sentence) else Sentence(message, values)
        super().__init__(str(self.sentence))

    def tell_as(self, folder: object, name: object) -> None:
        """Let the error name `name` in place of `folder`, and of what lies in it."""
        self.sentence = self.sentence.told_as(folder, name)
        self.args = (str(self.sentence),)

    def __reduce__(self) -> tuple[Any, ...]:
        """The pickled form: `args` holds the text, which `__init__` would take for a template."""
        return _unpickled, (type(self), self.args), self.__dict__


@contextmanager
def errors_told_as(folder: object, name: object) -> Iterator[None]:
    """Let a UserError name `name` in place of `folder`, which is deleted where one is raised."""
    try:
        yield
    except UserError as error:
        error.tell_as(folder, name)
        raise


class PanicError(Exception):
    """A library in Rust panicked on its input; the message may quote that."""


@contextmanager
def panics_as_errors() -> Iterator[None]:
    """Raise PanicError where a library in Rust panics; its own exception is a BaseException."""
    try:
        yield
    except BaseException as error:
        if type(error).__module__ != _PANICS:
            raise
        raise PanicError(str(error)) from error


def os_reason(error: OSError) -> Sentence:
    """The system's message about an error, as a sentence."""
    return Sentence(error.strerror or type(error).__name__)


def _value(value: object) -> Sentence | str:
    if isinstance(value, UserError):
        return value.sentence
    return value if isinstance(value, Sentence) else str(value)


def _unpickled(kind: type[UserError], args: tuple[object, ...]) -> UserError:
    error = kind.__new__(kind)
    error.args = args
    return error
