"""What a 1:1 is to talk about; the teacher's."""
