"""N-tuple tables: value functions of afterstates, learned by temporal coherence in compiled loops.

An n-tuple is a group of cells of the board; their contents select a row of the n-tuple's table, and the value of a
position is the tanh of the sum of all n-tuples' rows. Every symmetry of the board reads the same tables, and each side
to move has its own. As in M. Thill, P. Koch, W. Konen, "Reinforcement learning with n-tuples on the game
Connect-4" (2012), with the step sizes of D. Beal and M. Smith, "Temporal coherence and prediction decay in TD learning"
(1999).

Here no gradient goes through torch: loops compiled by numba read and move the rows. The n-tuple network of
agent/network/ntuple_net.py is the same idea as a layer of torch, for every head, loss and optimiser.
"""
