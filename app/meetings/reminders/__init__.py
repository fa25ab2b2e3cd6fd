"""Reminders of next steps that are due or late: the reminded person's alone."""
