"""Functions on plain strings: characters, words, language, Markdown, search, secrets. No Qt, no files."""
