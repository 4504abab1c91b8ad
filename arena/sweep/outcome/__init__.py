"""What a sweep found, as numbers, table and plot."""
