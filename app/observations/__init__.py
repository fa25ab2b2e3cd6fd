"""Observations: the visit, and what was written in it."""
