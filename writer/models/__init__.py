"""The models on this machine: where they lie, how they came, whether they are whole."""
