"""Formats of documents: what is prose in each, and the marks around it that are not."""
