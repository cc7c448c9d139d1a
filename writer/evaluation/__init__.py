"""The evaluation of suggestions: a simulated typist replays texts, and its steps give the metrics."""
