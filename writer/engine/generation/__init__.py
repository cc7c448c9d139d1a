"""Prompt, prefix cache, word search, sampling."""
