"""Giving an observation to its teacher, and changing it afterwards."""
