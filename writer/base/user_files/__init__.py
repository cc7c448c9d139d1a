"""Files that belong to the user: rights and hard links are preserved, and writing is atomic."""
