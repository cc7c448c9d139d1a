"""Models on this machine: their folders, manifests, selection, download, conversion, import and export."""
