"""Templates: typed fields and words with named placeholders, in versions."""
