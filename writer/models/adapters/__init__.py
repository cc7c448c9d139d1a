"""LoRA adapters: read, added to the weights of their base model, and kept as versions of a personal model."""
