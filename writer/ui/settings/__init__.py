"""The settings dialog, generated from the schema."""
