"""Images shown below the line that names them."""
