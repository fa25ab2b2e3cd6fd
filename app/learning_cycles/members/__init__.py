"""The members of a team's cycle, and what its lead waives for them."""
