"""The script of an observation: what was seen, what the observer made of it, what they ask."""
