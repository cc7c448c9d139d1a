"""Learning the texts of a personal model again when another base is chosen."""
