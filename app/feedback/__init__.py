"""Feedback conversations, action steps, feedback on one indicator."""
