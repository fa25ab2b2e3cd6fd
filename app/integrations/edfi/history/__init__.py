"""What changed: versions, deleted goals, changed keys."""
