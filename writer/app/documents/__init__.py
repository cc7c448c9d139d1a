"""Open documents and their journals, the session file, search and spelling."""
