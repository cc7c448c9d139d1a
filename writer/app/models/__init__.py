"""The selection of the model to load, and jobs on model folders."""
