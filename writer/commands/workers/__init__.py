"""The commands of worker processes, which the program starts as its children."""
