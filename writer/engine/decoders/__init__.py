"""Decoders: the forward pass of a causal language model in ONNX Runtime, torch or transformers."""
