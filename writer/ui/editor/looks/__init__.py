"""How a line of the text looks: its formats, its place and the space around it."""
