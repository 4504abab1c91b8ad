"""What several ranks have learned in one table, brought together.

exchange.py (when, and by which way fewer bytes travel)  loops.py (the compiled loops)
"""
