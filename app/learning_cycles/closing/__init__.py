"""How a cycle ends: concluded by one of the two, closed by the other."""
