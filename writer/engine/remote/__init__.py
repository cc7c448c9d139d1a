"""OpenAI-compatible servers and the fallback to the local engine."""
