"""Fine-tunes a model on a person's own texts, in a process of its own, and proves what that brought."""
