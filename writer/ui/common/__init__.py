"""What all parts of the window use: theme, translation, dialogs, small widgets."""
