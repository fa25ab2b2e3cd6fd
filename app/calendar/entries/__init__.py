"""What stands on a coaching calendar, and whether it is done."""
