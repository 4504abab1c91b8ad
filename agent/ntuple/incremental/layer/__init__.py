"""A hidden layer for n-tuples that follow the moves: each row holds W numbers in place of one.

The rows of all places are summed as without it, W sums x. The first goes straight to the output, as in the plain sum of
n-tuples; the others feed clipped ReLUs, f(x) = min(max(x, 0), 1), whose outputs are weighted:

    V = s(x_0 + b_0 + sum over k >= 1 of w_k f(x_k + b_k)), with s the squash of plain n-tuples: tanh but for its tails

A network with a sparse first layer whose sums follow the moves, as in Y. Nasu, "Efficiently updatable neural-network-
based evaluation functions for computer shogi" (2018), with a skip connection.
"""
