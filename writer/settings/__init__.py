"""What the user has chosen: declared once, stored as TOML."""
