"""Best-first search of many trees side by side, in tensors: the engine for networks."""
