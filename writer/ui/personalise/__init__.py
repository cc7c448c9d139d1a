"""The page on which the model learns from a person's own texts."""
