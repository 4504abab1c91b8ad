"""OpenSpiel's Monte-Carlo tree search as a player."""
