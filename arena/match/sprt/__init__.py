"""A sequential test between two players: plays until one of two hypotheses about their Elo difference is decided."""
