"""Handlers of keys and clicks in the editor: indentation, lists, marks of Markdown, check boxes."""
