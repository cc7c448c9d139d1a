"""Tokenizers: from text to token ids and back, byte for byte."""
