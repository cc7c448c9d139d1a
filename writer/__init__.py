"""Writer: a desktop writing assistant for English and Chinese that keeps everything on your machine."""

__version__ = "0.1.0"
