"""Settings: declared once in `schema`, kept in a TOML file by `store`. Knows no Qt."""
