"""Config.json and weights, read without torch."""
