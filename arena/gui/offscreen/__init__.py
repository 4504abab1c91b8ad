"""The window without a display: pictures of it, and how fast it is."""
