"""The games of a tournament's file in forms that others read."""
