"""Webhooks: a client's system is told that something changed, and asks what."""
