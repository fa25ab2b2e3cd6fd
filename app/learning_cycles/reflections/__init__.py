"""What people reflect on at the close of a cycle."""
