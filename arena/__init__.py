"""The judge: players, matches, tournaments, ratings, grading and the window."""
