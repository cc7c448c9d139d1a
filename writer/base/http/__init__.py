"""HTTP: a session with deadlines and limits, what bodies may hold, and a loop for callers that block."""
