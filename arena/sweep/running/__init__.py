"""Running the rows of a sweep."""
