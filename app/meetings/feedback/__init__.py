"""What the teacher says of a 1:1, and what the two change for it."""
