"""Listing, import and export of models."""
