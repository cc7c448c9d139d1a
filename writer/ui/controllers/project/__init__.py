"""Controllers for a folder of texts."""
