"""The scoreboard: how strong some minutes of training make, by truth, the perfect player and a ladder of opponents.

seeds.py trains, ladder.py names the opponents, measures.py measures one Q-function, board.py lays the rows out.
"""
