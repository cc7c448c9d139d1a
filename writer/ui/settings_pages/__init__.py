"""The widgets of single settings pages beyond the schema."""
