"""Best-first search for n-tuples that follow the moves of a compiled game: one tree a position, in compiled loops."""
