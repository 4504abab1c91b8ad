"""n-tuples of Connect Four: columns as parts, what empty cells are worth, and self-play in one compiled loop."""
