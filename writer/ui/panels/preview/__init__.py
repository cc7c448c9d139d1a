"""The preview: a text as it looks when its Markdown is rendered."""
