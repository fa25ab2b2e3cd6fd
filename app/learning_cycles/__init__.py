"""Learning cycles, from intention to close."""
