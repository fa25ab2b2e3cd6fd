"""Advice on the quality of a goal while it is written: rules that cite their source."""
