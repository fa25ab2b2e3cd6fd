"""Feedback conversations: prepared, held, shared, acknowledged."""
