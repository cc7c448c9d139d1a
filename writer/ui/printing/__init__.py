"""Page layout, print preview, PDF and office export."""
