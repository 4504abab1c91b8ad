"""The scoreboard: what minutes of training are worth, by truth, by the perfect player and by fixed opponents.

solver.py asks bitbully, perfect.py makes a player of it, measures.py grades one Q-function.
"""
