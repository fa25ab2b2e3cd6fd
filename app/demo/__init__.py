"""An invented district to look at: its words, and how it is made through the services."""

from app.demo.loading import DistrictExists, load

__all__ = ["DistrictExists", "load"]
