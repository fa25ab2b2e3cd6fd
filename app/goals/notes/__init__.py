"""Progress, comments and evidence: pair class under an individual goal."""
