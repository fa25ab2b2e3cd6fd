"""How a teacher wants to be coached and visited, in versions."""
