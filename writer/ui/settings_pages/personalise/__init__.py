"""The widgets of the page Personalise."""
