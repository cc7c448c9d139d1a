"""The controllers of the window, one per feature: they connect its actions with services of writer.app."""
