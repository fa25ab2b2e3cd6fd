"""The chain school → team → individual: read from one goal, and where it has gaps."""
