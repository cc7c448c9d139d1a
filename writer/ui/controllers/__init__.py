"""One per feature: connects actions of the window with writer.app."""
