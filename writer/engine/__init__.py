"""From a context to tokens: the decoder, its cache, and the one thread that runs it."""
