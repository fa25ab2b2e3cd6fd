"""Frameworks from files: read, reported, and kept as drafts in one step."""
