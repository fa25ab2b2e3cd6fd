"""Who read what is evaluative (domain.md §2)."""
