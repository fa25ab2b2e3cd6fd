"""Support in confidence: requests with named people, interventions, and updates to leaders."""
