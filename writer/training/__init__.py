"""Fine-tuning of a base model to a personal model, in a process of its own, and the comparison of both."""
