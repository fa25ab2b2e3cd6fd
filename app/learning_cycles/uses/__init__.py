"""Evidence of adjustments in use."""
