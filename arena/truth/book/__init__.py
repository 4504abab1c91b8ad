"""The opening book of Connect Four's search, made by a perfect solver."""
