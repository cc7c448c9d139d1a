"""Qt widgets. They paint and take keys; decisions are made below."""
