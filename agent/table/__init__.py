"""Q-factors in a table: one number for each state and action."""
