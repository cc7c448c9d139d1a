"""The texts of a folder: their headings, a search through all of them, and replacing what it found."""
