"""Monte-Carlo tree search with random rollouts (UCT): a search that knows nothing but the rules."""
