"""Boards: what they look like, and where their cells are."""
