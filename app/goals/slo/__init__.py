"""SLOs: plan, approval, what the two see on the way, end counts and result."""
