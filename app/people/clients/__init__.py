"""Integration clients: a district's own systems and what they were given."""
