"""The schema of both."""
