"""Text files, their encodings, the journal of unsaved edits, and conversion by pandoc; without Qt."""
