"""Watching: two players live, a training run as it goes, the games of a tournament."""
