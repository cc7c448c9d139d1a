"""Bars, lists and popups around the text."""
