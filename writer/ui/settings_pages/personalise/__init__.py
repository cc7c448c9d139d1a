"""The page on which a model learns."""
