"""Action steps: one observable thing to do differently, until a day, with its follow-up."""
