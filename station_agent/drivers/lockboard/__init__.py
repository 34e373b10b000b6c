"""Lock boards of the 8A family."""
