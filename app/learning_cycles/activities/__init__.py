"""Learning activities of a cycle."""
