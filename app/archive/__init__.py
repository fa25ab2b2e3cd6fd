"""My archive: what a person may read of themselves, to take along."""
