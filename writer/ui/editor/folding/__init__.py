"""Folding by heading: what is hidden, and the marks beside headings."""
