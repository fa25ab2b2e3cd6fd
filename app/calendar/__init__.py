"""The calendar of a teacher's coaching cycle."""
