"""A suggestion: the text proposed at the cursor, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace

from writer.base.errors import Message
from writer.text.words import first_phrase, first_word

_STRAIGHT = str.maketrans("“”„«»‘’‚‹›", "\"\"\"\"\"'''''")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text for the cursor of the document's `revision`, inserted there as it is.

    Where `text` is empty, `reason` says why. `confidence` is the probability of its first word, between 0
    and 1, and 0 where it is unknown. `complete` is true when the suggestion grows no more.
    """

    text: str = ""
    revision: int = 0
    confidence: float = 0.0
    reason: Message = ""
    complete: bool = False

    def advance(self, typed: str, revision: int) -> Suggestion | None:
        """The rest of the suggestion after the user typed `typed`; None where that is not its beginning.

        Straight and typographic quotes are the same.
        """
        if not typed or _straight(self.text[: len(typed)]) != _straight(typed):
            return None
        return replace(self, text=self.text[len(typed) :], revision=revision)

    def first_word(self) -> str:
        """The part that "accept word" inserts: the leading space and one word, and a space at the end."""
        word = first_word(self.text)
        return word if self.text[len(word) :].strip() else self.text

    def first_phrase(self) -> str:
        """The part that "accept phrase" inserts: up to and including the next punctuation mark."""
        phrase = first_phrase(self.text)
        return phrase if self.text[len(phrase) :].strip() else self.text


def _straight(text: str) -> str:
    return text.translate(_STRAIGHT)
