"""A training run: its loop, its folder, its plan, and what is told on the way."""
