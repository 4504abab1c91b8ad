"""A run that several ranks share.

launch.py (how it begins)  agreement.py (what all know after a generation)  state.py (what each gets of the saved state)
"""
