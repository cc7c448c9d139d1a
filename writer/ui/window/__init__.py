"""The main window with its actions, shortcuts and status bar, and its dialogs."""
