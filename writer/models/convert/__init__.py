"""Converters from other weight formats to a folder in the layout of Hugging Face."""
