"""Files: weights, records and checkpoints, written atomically and checked when read."""
