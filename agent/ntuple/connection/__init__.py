"""Features of Hex that see connections: tables read by what a move does to both sides' ways from edge to edge.

Shapes of stones alone do not carry on large boards: what counts is whether far stones hang together. Here an action
is valued by the position before it (`layout`), where two-distances tell how far each side is from joining its edges
and which cells matter for that (`two_distance`).
"""
