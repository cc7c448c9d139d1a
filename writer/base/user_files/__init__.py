"""Files of the user: rights and links are kept, and a crash leaves the old or the new content."""
