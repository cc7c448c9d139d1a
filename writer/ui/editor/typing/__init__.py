"""Typing in the editor: what a key writes, and which keys are undone together."""
