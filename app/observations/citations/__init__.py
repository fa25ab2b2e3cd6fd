"""Evidence once, used many times: where other records rest on an item."""
