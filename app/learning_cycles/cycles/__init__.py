"""The learning cycle itself: begun, moved through its phases, read with its chain and history."""
