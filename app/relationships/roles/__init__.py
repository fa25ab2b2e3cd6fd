"""What the two of a pair expect of each other's roles, and what they ask."""
