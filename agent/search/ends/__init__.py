"""Outcomes proven by solvers of their own: the end of Othello, wins by threats alone in Gomoku."""
