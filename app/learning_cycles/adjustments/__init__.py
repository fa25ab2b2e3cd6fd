"""High-leverage adjustments that teachers try."""
