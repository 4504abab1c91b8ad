"""What an agent thinks of a game, position by position, and what that means. No pygame here."""
