"""Controllers for saving without a key, and for what was saved before."""
