"""The text widget, its painting, open documents."""
