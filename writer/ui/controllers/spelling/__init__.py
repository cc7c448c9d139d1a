"""Controllers for spelling: waves and corrections, and the dictionary of each text."""
