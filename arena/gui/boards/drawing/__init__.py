"""How boards, pieces and marks are drawn."""
