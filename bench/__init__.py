"""The benchmark: the program beside its limit, on a seeded district, in one interleaved run."""
