"""Self-play and learning in tensors of fixed shape: on a GPU one launch a ply and one a gradient step."""
