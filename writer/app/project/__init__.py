"""A folder of texts: its list, its search, and its files, in threads of their own."""
