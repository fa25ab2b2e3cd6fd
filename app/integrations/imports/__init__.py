"""Taking rosters over: a dry run with a report, then a commit. What is read is `oneroster`'s."""
