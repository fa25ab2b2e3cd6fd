"""Second observers, with the teacher's consent."""
