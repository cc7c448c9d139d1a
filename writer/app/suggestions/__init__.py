"""The services that request suggestions, alternatives and explanations from the engine for the window."""
