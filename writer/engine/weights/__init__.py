"""Config.json and safetensors, read without torch."""
