"""Watching a training run while it goes on: read from its folder alone, which is never written to. No pygame here."""
