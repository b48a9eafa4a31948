"""Tests of the hour bank."""
