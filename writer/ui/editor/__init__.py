"""The text widget, its painting, and the open documents."""
