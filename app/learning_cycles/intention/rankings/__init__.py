"""Rankings: each one apart, all revealed together."""
