"""The history of the hour bank's schema."""
