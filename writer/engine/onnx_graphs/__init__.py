"""ONNX graphs of decoders and encoders, built from model folders and cached on disk."""
