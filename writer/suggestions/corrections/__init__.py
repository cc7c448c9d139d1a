"""Corrections of words just typed: which are suspect, what may have been meant, and which is offered."""
