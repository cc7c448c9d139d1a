"""Infilling: words for a gap in a text, from masked models or from the causal model."""
