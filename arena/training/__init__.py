"""Training runs as the arena has them made: the judge they are given, and the processes that they run in.

judge.py (how strong is it?)  pool.py, worker.py (processes)  conduct.py (who does what when)
"""
