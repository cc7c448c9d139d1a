"""The names of models that the program itself counts on."""

DEFAULT_MODEL = "smollm2-135m-instruct"
"""The starter, which is there from the first start on."""
