"""A sentence for the user that a window can still translate: its source text, apart from its values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


def _unchanged(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Sentence:
    """English source text with `{names}` for the values; `str()` of it is plain English."""

    text: str
    values: dict[str, object] = field(default_factory=dict)

    def render(self, translate: Callable[[str], str] = _unchanged) -> str:
        """The sentence with its values; its text, and that of sentences in it, goes through `translate`."""
        values = {
            name: value.render(translate) if isinstance(value, Sentence) else value
            for name, value in self.values.items()
        }
        return translate(self.text).format(**values)

    def __str__(self) -> str:
        return self.render()


class SettingsError(Exception):
    """Something a user can act on; `sentence` says what and what to do."""

    def __init__(self, text: str, **values: object) -> None:
        self.sentence = Sentence(text, values)
        super().__init__(str(self.sentence))
