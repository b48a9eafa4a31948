"""Tests of the promises about time."""
