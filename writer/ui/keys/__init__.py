"""Handlers of keys in the editor: indentation, lists, marks of Markdown."""
