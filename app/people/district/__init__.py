"""The district and its policy: every number and window that a district may set."""
