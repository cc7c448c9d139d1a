"""The answer to a context, as a value: what the ghost shows, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace

from writer.text.words import first_phrase, first_word


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Text proposed for the place that `revision` names.

    `text` is inserted at the cursor as it stands; where it is empty, `reason` says why.
    `confidence` is a probability between 0 and 1. `complete` turns true when no more will come.
    """

    text: str = ""
    revision: int = 0
    confidence: float = 0.0
    reason: str = ""
    complete: bool = False

    def advance(self, typed: str, revision: int) -> Suggestion | None:
        """What is left after the writer typed `typed` himself; None if he wrote something else."""
        if not typed or not self.text.startswith(typed):
            return None
        return replace(self, text=self.text[len(typed) :], revision=revision)

    def first_word(self) -> str:
        """The part that "accept word" inserts: leading space and one word (Chinese: as segmented)."""
        return first_word(self.text)

    def first_phrase(self) -> str:
        """The part up to and with the next punctuation mark."""
        return first_phrase(self.text)
