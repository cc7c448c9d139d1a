"""The one kind of error that people see."""


class UserError(Exception):
    """Something the user can act on: its text is one sentence, fit for the window or standard error."""
