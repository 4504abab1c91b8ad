"""Search on top of values."""
