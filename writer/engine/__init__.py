"""The inference engine: from a context to tokens, with decoders, caches and the thread that runs them."""
