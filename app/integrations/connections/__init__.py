"""Roster connections: where a district's own OneRoster service is, and how to sign in there."""
