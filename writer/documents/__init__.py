"""Text files and document formats, without Qt."""
