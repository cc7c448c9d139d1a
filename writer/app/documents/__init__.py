"""Open documents, session, search, spelling."""
