"""The finished model of a run before it is published."""
