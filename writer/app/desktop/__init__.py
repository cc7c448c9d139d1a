"""One instance, signals, updates, reports, stored data."""
