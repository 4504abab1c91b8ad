"""How a shared run scales.

worker.py (what one rank measures)  measure.py (all runs)  model.py (more ranks, on paper)  table.py, plot.py (shown)
"""
