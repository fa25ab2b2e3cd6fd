"""Formal feedback on one indicator."""
