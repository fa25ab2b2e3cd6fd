"""Schools, their years and calendar, their vision, their teams."""
