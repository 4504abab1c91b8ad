"""Whole games between two players of n-tuple tables, in one compiled loop."""
