"""The settings dialog, built from the declared schema."""
