"""What single pages show beyond the schema."""
