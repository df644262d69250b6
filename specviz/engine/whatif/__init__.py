"""What one pass would have been with other settings, from its stored rows alone."""
