"""Forward passes: ONNX Runtime, torch, transformers."""
