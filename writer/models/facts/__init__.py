"""What a model says of itself: its special tokens, its limits, its licence, read from its own files."""
