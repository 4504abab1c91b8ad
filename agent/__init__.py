"""The learner: Q-functions, self-play, targets, SGD, checkpoints and search."""
