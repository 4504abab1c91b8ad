"""Small widgets of our own: they know their rectangle only while they are drawn or clicked."""
