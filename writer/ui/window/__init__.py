"""Main window, actions, shortcuts, status bar."""
