"""Training a model on a corpus, in a child process."""
