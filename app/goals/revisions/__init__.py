"""Changes to a goal in force, and its close: what both agree to before it counts."""
