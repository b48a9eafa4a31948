"""The history of ticketing's schema."""
