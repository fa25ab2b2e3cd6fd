"""Kinds of observation: the district's vocabulary of a year."""
