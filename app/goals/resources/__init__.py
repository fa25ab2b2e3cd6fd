"""The systems and resources for SLO and growth-plan data, and who gets in and understands."""
