"""Bars, side panels, lists, popups and dialogs around the text."""
