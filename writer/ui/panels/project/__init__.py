"""The panels of a folder of texts."""
