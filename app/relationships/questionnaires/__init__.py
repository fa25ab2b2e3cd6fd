"""Questionnaires: what a lead asks a teacher to get to know them, and what the teacher answers."""
