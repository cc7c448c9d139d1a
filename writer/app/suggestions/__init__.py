"""Asks the engine for the window."""
