"""What the roster says of teaching: courses, classes, and who teaches them. Read only."""
