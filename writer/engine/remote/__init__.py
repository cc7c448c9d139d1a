"""Remote engines: OpenAI-compatible servers, with a fallback to the local engine."""
