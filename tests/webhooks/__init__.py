"""Webhooks: what is told, signed and sent."""
