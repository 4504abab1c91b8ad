"""Alpha-beta search with n-tuples that follow the moves, compiled with the rules of a game: the engine of large boards.

Every node values all moves of its position at once; at the end of a line the best of them is the position's value, so
that a search of one ply is the Q-function itself. Outcomes that are certain are kept apart from estimates: a position's
true outcome lies between `low` and `high`, which only grow together by what the rules say.
"""
