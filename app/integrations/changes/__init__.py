"""The change feed: pull everything once, then only what changed."""
