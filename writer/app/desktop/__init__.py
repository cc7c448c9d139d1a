"""The connection with the desktop: single instance, signals, update check, reports, stored data."""
