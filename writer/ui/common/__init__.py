"""Theme, translation, dialogs, background tasks."""
