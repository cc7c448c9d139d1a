"""Rows of token ids in files, memory mapped."""
