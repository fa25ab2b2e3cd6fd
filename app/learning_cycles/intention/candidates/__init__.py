"""Candidate goals, and the joint choice of one."""
