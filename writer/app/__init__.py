"""QtCore adapters: one object per flow, wired by hand in container.py."""
