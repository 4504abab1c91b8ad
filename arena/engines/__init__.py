"""Outside engines as players, and our players as engines: GTP 2 and Gomocup's protocol."""
