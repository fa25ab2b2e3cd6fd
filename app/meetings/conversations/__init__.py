"""Beginning of year, mid-year, end of year: what the two look at together."""
