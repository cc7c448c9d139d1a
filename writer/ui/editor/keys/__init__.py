"""What keys do in the editor: text, undo steps, indentation, Markdown."""
