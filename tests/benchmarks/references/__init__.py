"""The body text of documents, read with the standard library alone: the program is measured by it."""
