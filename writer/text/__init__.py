"""Pure strings and values: no Qt, no torch, no files."""
