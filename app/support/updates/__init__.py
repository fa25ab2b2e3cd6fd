"""A lead keeps a school leader up to date."""
