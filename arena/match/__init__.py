"""Games between players: openings, matches, tournaments, scores and ratings."""
