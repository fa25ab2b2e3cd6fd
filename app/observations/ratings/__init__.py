"""The scores of an observation, where its kind is scored."""
