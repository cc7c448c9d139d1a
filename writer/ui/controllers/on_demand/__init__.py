"""Controllers that are made when they are first used, so that the start does not wait for them."""
