"""Small games learned to perfection, and the proof of it: `qzero perfect`.

grade.py (a player against all there is)  prove.py (trains and grades)  table.py (to look at)  cli.py (the command)
"""
