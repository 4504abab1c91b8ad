"""Ratings of many players at once, from the results of their games."""
