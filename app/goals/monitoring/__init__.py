"""Monitoring: how far a goal is by a rule that is told with the answer."""
