"""The settings pane, built from the declared schema."""
