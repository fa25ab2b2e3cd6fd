"""Next steps: who does what until when."""
