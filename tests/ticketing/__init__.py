"""Tests of ticketing."""
