"""Languages of texts: what tells them, and the letters that they are written in."""
