"""How a model comes over the network or out of a package."""
