"""Text <-> token ids, byte for byte."""
