"""A school leader is asked to step in."""
