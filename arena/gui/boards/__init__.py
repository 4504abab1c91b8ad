"""The boards as their players know them: one interface for every game, a look for each kind of board."""
