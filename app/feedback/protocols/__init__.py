"""The protocol that a school holds its feedback conversations by."""
