"""Rounds of feedback on a school or team goal: who is asked until when, and what came of it."""
