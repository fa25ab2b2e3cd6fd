"""People, their contacts and roles, and the caller themselves."""
