"""The items of frameworks, and whole frameworks as CASE packages."""
