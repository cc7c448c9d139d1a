"""List, import and export of models."""
