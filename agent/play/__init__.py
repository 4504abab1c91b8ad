"""Playing: Q-functions, policies, players, and self-play."""
