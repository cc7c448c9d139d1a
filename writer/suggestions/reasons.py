"""The reasons why no suggestion is shown, and a sentence for each.

The values are used in logs and JSON. The sentences are English source texts that the window translates; it
replaces the action names in braces by the actions' shortcuts.
"""

from __future__ import annotations

from enum import StrEnum

from writer.base.errors import Message


class Reason(StrEnum):
    """A reason why no suggestion is shown."""

    OFF = "off"
    OFF_HERE = "off-here"
    LOADING = "loading"
    ENGINE = "engine"
    COMPOSING = "composing"
    SELECTION = "selection"
    CHOOSING = "choosing"
    READ_ONLY = "read-only"
    MID_LINE = "mid-line"
    EMPTY = "empty"
    EDITED = "edited"
    DISMISSED = "dismissed"
    MOVED = "moved"
    STALE = "stale"
    NOTHING = "nothing"
    PARAGRAPH = "paragraph"
    NO_OTHER = "no-other"
    UNSURE = "unsure"
    SHORT = "short"
    JUNK = "junk"
    REPEATED = "repeated"
    LISTED = "listed"
    GENDER = "gender"
    SECRET = "secret"
    SEAM = "seam"


SENTENCES: dict[Reason, str] = {
    Reason.OFF: "Suggestions are switched off in Settings; {suggest.ask} asks for one.",
    Reason.OFF_HERE: "Suggestions are switched off for this document; {suggest.ask} asks for one.",
    Reason.LOADING: "The model is still being loaded.",
    Reason.ENGINE: "The model cannot answer.",
    Reason.COMPOSING: "The input method is composing.",
    Reason.SELECTION: "Text is selected.",
    Reason.CHOOSING: "A word was being chosen; type on.",
    Reason.READ_ONLY: "The document may only be read.",
    Reason.MID_LINE: "The cursor is in the middle of a line; {suggest.ask} asks anyway.",
    Reason.EMPTY: "There is no text yet to continue.",
    Reason.EDITED: "After a change suggestions wait until you type on.",
    Reason.DISMISSED: "You dismissed the suggestion; the next one comes after this word.",
    Reason.MOVED: "The cursor moved; type on, or press {suggest.ask}.",
    Reason.STALE: "The suggestion came too late.",
    Reason.NOTHING: "The model has nothing to add here.",
    Reason.PARAGRAPH: "The model would begin a new paragraph here.",
    Reason.NO_OTHER: "The model has no other suggestion here.",
    Reason.UNSURE: "The model is not sure enough; Settings say how sure it must be.",
    Reason.SHORT: "What comes next is quicker typed than read; {suggest.ask} shows it anyway.",
    Reason.JUNK: "The model's answer was no text worth showing.",
    Reason.REPEATED: "The model only repeats what stands there already.",
    Reason.LISTED: "The suggestion held a word that Settings withhold.",
    Reason.GENDER: "The suggestion would say he or she of somebody whose gender the text does not tell.",
    Reason.SECRET: "The suggestion looked like a key, a password or a card number.",
    Reason.SEAM: "The suggestion does not fit the text around the cursor.",
}


def sentence(reason: Message) -> Message:
    """The English sentence for a reason; what is no known reason is returned as it is."""
    try:
        return SENTENCES[Reason(reason)] if isinstance(reason, str) else reason
    except ValueError:
        return reason
