"""Another lead follows: what goes with the teacher and what stays between two people."""
