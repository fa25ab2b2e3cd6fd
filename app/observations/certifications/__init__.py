"""Who may score formal observations, and from when to when."""
