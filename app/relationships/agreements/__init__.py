"""The norms of a pair, accepted by both."""
