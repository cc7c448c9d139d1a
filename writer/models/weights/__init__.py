"""The tensors of a model's weights, mapped into memory: from safetensors, or from blocks of a GGUF file."""
