"""Screens: each handles events, updates and draws; the app shows the one on top of a stack."""
