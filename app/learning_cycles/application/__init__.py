"""How the learning of a cycle will be applied, and how far its people are."""
