"""The helpers of all layers; they import nothing else of the program."""
