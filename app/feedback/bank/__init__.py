"""A school's bank of ideas for action steps."""
