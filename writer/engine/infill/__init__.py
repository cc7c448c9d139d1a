"""Words for a gap: masked models, causal infilling."""
