"""From folders of documents to packed tokens: scan, extract, clean, redact, pack."""
