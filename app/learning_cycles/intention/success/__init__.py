"""Success indicators through three lenses, and the key questions that lead to them."""
