"""A game as people see it: shared by the window, the terminal and the reports."""
