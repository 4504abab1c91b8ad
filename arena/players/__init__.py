"""Players by name, and those found in runs and in the package."""
