"""The state of the editor at the cursor, as far as a suggestion depends on it."""

from __future__ import annotations

from dataclasses import dataclass

from writer.suggestions.context import Context
from writer.suggestions.reasons import Reason

_CLOSING = "\"'”’»)]}>*_`」』）】》〉”’。，；：！？、…"
"""Characters that may follow the cursor on its line without making it the middle of the line."""


@dataclass(frozen=True, slots=True)
class CursorState:
    """The context at the cursor, and the states of the editor that rule a suggestion out.

    `composing`: an input method has uncommitted text.
    """

    context: Context
    composing: bool = False
    selection: bool = False
    read_only: bool = False
    suggestions_off: bool = False
    """Suggestions are switched off for this document, except for explicit requests."""

    def rejection_reason(self, explicit: bool) -> str:
        """The Reason to show no suggestion here, "" where there is none.

        `explicit`: the user requested one by key.
        """
        if self.suggestions_off and not explicit:
            return Reason.OFF_HERE
        if self.composing:
            return Reason.COMPOSING
        if self.selection:
            return Reason.SELECTION
        if self.read_only:
            return Reason.READ_ONLY
        if not self.context.before.strip():
            return Reason.EMPTY
        rest = self.context.after.split("\n", 1)[0]
        return Reason.MID_LINE if not explicit and rest.strip().strip(_CLOSING) else ""
