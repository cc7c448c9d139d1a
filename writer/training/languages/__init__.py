"""Which languages of a folder are learned, each by which base model."""
