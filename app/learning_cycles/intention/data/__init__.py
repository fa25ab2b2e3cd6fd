"""Data points: what the choice of a goal rests on."""
