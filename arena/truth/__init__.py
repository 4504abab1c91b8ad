"""Truth: solved games, perfect solvers, and mistakes counted against them."""
