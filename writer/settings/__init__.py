"""Settings: declared in `schema`, stored in a TOML file by `store`; without Qt."""
