"""How fast the window is: frames, idling, the answer to the mouse, and the first picture."""
