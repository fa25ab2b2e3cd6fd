"""1:1 meetings: the series, each meeting, its agenda, next steps and feedback."""
