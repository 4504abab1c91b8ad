"""The HTML page of a tournament."""
