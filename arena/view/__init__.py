"""What the window, the terminal and the reports share: a game as people see it."""
