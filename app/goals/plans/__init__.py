"""Growth plans (PGP): one per teacher and school year, with goals and action steps."""
