"""The history of notify's schema."""
