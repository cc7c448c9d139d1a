"""Generation: prompts, prefix cache, word search, sampling, introspection."""
