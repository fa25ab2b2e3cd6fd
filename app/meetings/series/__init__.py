"""The rhythm of a pair's 1:1s."""
