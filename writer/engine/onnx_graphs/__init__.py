"""Builds and caches ONNX graphs."""
