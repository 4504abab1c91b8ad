"""A game at the board: who sits there, the hand, the cursor, the words. No pygame here."""
