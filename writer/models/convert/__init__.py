"""Foreign weight formats to a Hugging Face folder."""
