"""Everything at once, in one file, for a warehouse that then follows the feed."""
