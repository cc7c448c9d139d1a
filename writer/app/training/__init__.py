"""The training process and its state."""
