"""The services of a training and its preview, their process and their states."""
