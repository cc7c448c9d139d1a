"""The time of a training: measured, estimated, and kept."""
