"""The corpus: documents are scanned, extracted, cleaned, redacted, split and packed into tokens."""
