"""Experiments of many training runs from one TOML file: `qzero sweep`.

experiment.py (what is compared)  read.py (the file)  vary.py, search.py (grid, random search, TPE)
state.py (what is done)  worker.py, pool.py, conduct.py (the runs)  estimate.py, progress.py (how long)
stats.py, results.py (what came out)  table.py, plot.py (to look at)  cli.py (the command)
"""
