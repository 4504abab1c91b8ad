"""Q in a neural network, trained by gradient descent."""
