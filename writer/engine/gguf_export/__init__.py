"""A model as a GGUF file, which llama.cpp, Ollama and LM Studio run."""
