"""How good are the suggestions? Replays text as an ideal user would write it."""
