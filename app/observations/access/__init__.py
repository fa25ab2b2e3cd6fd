"""Who read evaluative records."""
