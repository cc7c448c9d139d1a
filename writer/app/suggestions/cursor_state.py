"""The state of the editor at the cursor, as far as a suggestion depends on it."""

from __future__ import annotations

from dataclasses import dataclass

from writer.suggestions.context import Context
from writer.suggestions.reasons import Reason

_CLOSING = "\"'”’»)]}>*_`」』）】》〉”’。，；：！？、…"


@dataclass(frozen=True, slots=True)
class CursorState:
    """Where the cursor is, and what there is against a suggestion at that place."""

    context: Context
    composing: bool = False
    selection: bool = False
    read_only: bool = False
    silent: bool = False
    """The writer wants no suggestions in this document unless they ask for one."""

    def obstacle(self, asked: bool) -> str:
        """Why no suggestion may be shown here, "" where one may. `asked`: the writer wants one."""
        if self.silent and not asked:
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
        return Reason.MID_LINE if not asked and rest.strip().strip(_CLOSING) else ""
