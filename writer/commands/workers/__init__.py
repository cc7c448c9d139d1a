"""Commands that the program starts as its own children."""
