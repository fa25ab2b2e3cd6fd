"""A team's common indicator, opting out of it, and the team's view of its goals."""
