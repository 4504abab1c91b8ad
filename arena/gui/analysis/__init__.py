"""The analysis beside the board: values, chances, the best line, a graph over the game, and what each move cost."""
