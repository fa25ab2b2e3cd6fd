"""The words that schools can add to."""
