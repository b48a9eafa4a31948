"""The history of sla's schema."""
