"""What is read off many records at once: each person's week."""
