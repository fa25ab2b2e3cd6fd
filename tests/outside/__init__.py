"""Requests to others: where they go, and what comes back."""
