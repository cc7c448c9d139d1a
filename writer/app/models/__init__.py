"""Which model to load; model jobs."""
