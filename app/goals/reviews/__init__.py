"""Mid-year and end-of-year reviews of growth plans and individual goals."""
