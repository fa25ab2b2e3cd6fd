"""Outreach: a welcome to each teacher before the first meeting, by e-mail or as a card."""
