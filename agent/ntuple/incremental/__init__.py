"""n-tuples with row numbers kept up to date move by move, for games that have compiled rules (`game.compiled`).

The value of a position after a move, seen by whoever made it, is the tanh of the sum of the rows that all places of
all n-tuples read. Row numbers are kept for both sides; the value of a move is that of the position before it and what
the changed cells change. Tables may be shared by all places of the board, by its symmetries, and always by both sides.
"""
