"""Training runs that the arena starts: their judge, and the worker processes that run them.

judge.py (how strong is it?)  pool.py, worker.py (processes)  conduct.py (who does what when)
remote.py (workers of other ranks)
"""
