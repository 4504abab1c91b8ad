"""The desktop around the window: the screen, the clipboard, sound."""
