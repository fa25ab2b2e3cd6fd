"""What became of each item of a former edition: both editions stay."""
