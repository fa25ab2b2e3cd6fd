"""How a pair tells the students about its work."""
