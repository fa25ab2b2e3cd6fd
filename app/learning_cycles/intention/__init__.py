"""The first phase of a learning cycle: data, candidate goals, rankings, what success looks like."""
