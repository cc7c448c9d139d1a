"""What every layer may use; imports nothing of the program."""
